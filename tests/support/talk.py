"""Conversations for the scenery: what a thread can show, at least once."""

from dataclasses import dataclass

from seawall.clearinghouse.coordination.conversations import services
from seawall.clearinghouse.coordination.conversations.types import Audience, AudiencePart
from seawall.foundation.access.types import Actor


@dataclass(frozen=True)
class Talk:
    """A lively thread, and an edited message of it."""

    thread: str
    edited: str


def talk(case_id: str, *, desk: Actor, vendor: Actor, finder: Actor, hostile: str) -> Talk:
    """Two threads in a case: one lively, one closed."""
    everybody = Audience(frozenset({AudiencePart.EVERYBODY}))
    row = services.open_thread(
        vendor,
        case_id,
        topic="When can the fix ship?",
        audience=everybody,
        text="The patch is in review.\n\nTwo weeks.",
    )
    asked = services.post_message(finder, row.pk, text="Does it cover 3.0 as well, @pallets-maintainers?")
    patch = services.keep_file(vendor, row.pk, "attr.patch", [b"--- a/filters.py\n+++ b/filters.py\n"])
    services.post_message(vendor, row.pk, text="It does; see here.", reply_to=asked.pk, files=[patch])
    edited = services.post_message(desk, row.pk, text="Then we plan for the 9th.")
    services.edit_message(desk, edited.pk, text="Then we plan for the 10th, @coordinators.")
    services.post_message(finder, row.pk, text=f"{hostile}\n{'long' * 80}", ai_written=True)
    stone = services.post_message(finder, row.pk, text="Wrong thread.")
    services.retract_message(finder, stone.pk)
    small = services.open_thread(
        desk, case_id, topic=f"Who else ships it? {hostile}"[:300], audience=Audience(), text="?"
    )
    services.widen_thread(desk, small.pk, audience=Audience(frozenset({AudiencePart.VENDORS})))
    services.close_thread(desk, small.pk)
    return Talk(row.pk, edited.pk)
