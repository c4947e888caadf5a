"""What every answer may hold."""

from ninja import Schema
from pydantic import Field

NEXT = "Operations possible now, by their operationId."


class Problem(Schema):
    """A refusal (RFC 9457)."""

    type: str = Field(examples=["urn:seawall:problem:conflict"])
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable name of the kind of refusal; part of the API's promise.")
    action: str | None = Field(None, description="What you may do about it.")
    field: str | None = Field(None, description="The field to blame.")
    allowed_next: list[str] | None = Field(None, description=NEXT)
    allowed: list[str] | None = Field(None, description="Steps that the state machine allows now.")
    errors: list[dict[str, str]] | None = Field(None, description="Every wrong field, where there are several.")
    request_id: str = Field(description="Under this the server's log knows the request.")
