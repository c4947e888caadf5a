"""The blind collision check and introductions."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from seawall.doors.api.schemas.common import NEXT


class CollisionKeyView(Schema):
    """What a blind question needs."""

    suite: str = Field(description="RFC 9497, mode VOPRF.", examples=["ristretto255-SHA512"])
    public_key: str = Field(description="Hex; every evaluation is proved against it.")
    left_today: int = Field(description="Keys that your organization may still ask for today (UTC).")


class EvaluationsView(Schema):
    """Evaluated elements, in the order of the question."""

    evaluations: list[str] = Field(description="Hex: the proof's two scalars, then the element.")
    public_key: str
    left_today: int


class CollisionView(Schema):
    """Whether somebody else holds the same; never who, how many or since when."""

    held: bool
    kinds: list[str] = Field(description="Kinds of keys that met.")
    introduction_asked: bool
    left_today: int
    allowed_next: list[str] = Field(description=NEXT)


class ClaimView(Schema):
    """The answer that Scrutineer's peers know."""

    match: bool
    contact: str | None = Field(None, description="Where to coordinate; only with a match.")


class IntroductionView(Schema):
    """Two finders hold the same."""

    id: str
    role: str = Field(description="`asker`, `holder`, or `coordinator` for whoever mediates.")
    state: str = Field(description="`waiting` (for the asker), `asked`, `offered`, `introduced` or `closed`.")
    kinds: list[str]
    about: str = Field(description="Your commitment or report that it is about.")
    other: str | None = Field(None, description="The other party's name, once both agreed.")
    asker_id: str | None = Field(None, description="For the coordinator.")
    holder_id: str | None = Field(None, description="For the coordinator.")
    asked_at: datetime
    allowed_next: list[str] = Field(description=NEXT)


class IntroductionPage(Schema):
    """Introductions that you may see, newest first."""

    items: list[IntroductionView]
    next: str | None = None
