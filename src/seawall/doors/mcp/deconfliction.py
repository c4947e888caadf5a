"""Tools of deconfliction: ground to scan, sealed commitments, the blind collision check, authorized network scans.

Salts are drawn and keys blinded here, on the agent's own machine: the server sees neither.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from seawall.doors.cli.client import Client
from seawall.doors.cli.finding import ask_blindly, sealed_opening
from seawall.foundation.access.declarations import declares
from seawall.foundation.platform.errors import BadInput

Offer = Callable[[Callable[..., Any]], Callable[..., Any]]
Fence = Annotated[int, Field(description="The lease's fencing number.")]
Strings = Annotated[list[str], Field(max_length=100)]

TITLES = {
    # name: (title, whether it writes)
    "request_lease": ("Ask for ground to scan", True),
    "renew_lease": ("Renew a lease", True),
    "heartbeat_lease": ("Say that a scan goes on", True),
    "pause_lease": ("Pause a lease", True),
    "resume_lease": ("Resume a lease", True),
    "hand_over_lease": ("Offer a lease to another organization", True),
    "take_over_lease": ("Take a lease over", True),
    "release_lease": ("Give ground back", True),
    "coverage_map": ("Read what was scanned of a target", False),
    "least_scanned": ("Find ground worth a scan", False),
    "seal_commitment": ("Commit to a finding", True),
    "check_collision": ("Ask blindly whether somebody holds a finding", True),
    "reveal_commitment": ("Reveal a commitment", True),
    "commitment_proof": ("Read a commitment's proof", False),
    "list_networks": ("List networks that may be scanned", False),
    "book_scan": ("Book a network scan", True),
    "heartbeat_scan": ("Ask whether a scan may go on", True),
    "finish_scan": ("End or cancel a network scan", True),
    "is_it_ours": ("Ask whether a source is an authorized scan", False),
}


def _segment(identifier: str) -> str:
    return quote(identifier, safe="")


def offer_leases(client: Client, offered: Offer) -> None:
    """Ground: ask, hold, pass on, give back."""

    @offered
    @declares("lease.request")
    def request_lease(
        target: Annotated[str, Field(description="Package URL such as pkg:pypi/jinja2, or a repository's address.")],
        paths: Annotated[Strings, Field(description="Path prefixes below it; empty for everything.")] = [],  # noqa: B006 - never changed; a default in the tool's schema
        techniques: Annotated[
            Strings, Field(description="any, fuzzing, static-analysis, code-review, agentic, dynamic-testing.")
        ] = [],  # noqa: B006 - as above
        weaknesses: Annotated[Strings, Field(description="CWE-79 and the like; empty for every class.")] = [],  # noqa: B006 - as above
        hours: Annotated[int, Field(ge=1, le=336)] = 24,
        exclusive: Annotated[bool, Field(description="Whether others shall keep off meanwhile.")] = True,
        repository: Annotated[str, Field(description="A package's repository, if you know it.")] = "",
        commit: Annotated[str, Field(description="Full identifier of what is scanned.")] = "",
    ) -> Any:
        """Ask for ground to scan. Says what is yours, and what is taken until when (never by whom)."""
        return client.post(
            "/leases",
            {
                "target": target,
                "paths": paths,
                "techniques": techniques,
                "weaknesses": weaknesses,
                "hours": hours,
                "exclusive": exclusive,
                "repository": repository,
                "commit": commit,
            },
        )

    @offered
    @declares("lease.change")
    def renew_lease(lease_id: str, fence: Fence, hours: Annotated[int, Field(ge=1, le=336)] = 24) -> Any:
        """Extend a lease that is still active, counted from now. `fence` is the lease's number."""
        return client.post(f"/leases/{_segment(lease_id)}/renew", {"fence": fence, "hours": hours})

    @offered
    @declares("lease.change")
    def release_lease(
        lease_id: str,
        completed: Annotated[bool, Field(description="False if the ground was given up unscanned.")] = True,
        tell: Annotated[bool, Field(description="Put the scan on the coverage map, without your name.")] = False,
        machine_hours: Annotated[int, Field(ge=0)] = 0,
        model_tokens: Annotated[int, Field(ge=0, description="Thousands.")] = 0,
    ) -> Any:
        """Give ground back, so that others may scan it."""
        effort = {"machine_hours": machine_hours, "model_tokens": model_tokens}
        body = {"completed": completed, "tell": tell, "effort": effort}
        return client.post(f"/leases/{_segment(lease_id)}/release", body)

    @offered
    @declares("lease.request")
    def take_over_lease(code: Annotated[str, Field(description="From the holder's hand_over_lease.")]) -> Any:
        """Take over a lease that its holder offered to you."""
        return client.post("/leases/take-over", {"code": code})

    _offer_steps(client, offered)


def _offer_steps(client: Client, offered: Offer) -> None:
    @offered
    @declares("lease.change")
    def heartbeat_lease(lease_id: str, fence: Fence) -> Any:
        """Say that the scan goes on; the lease lasts its own length from now. A refusal means: stop scanning."""
        return client.post(f"/leases/{_segment(lease_id)}/heartbeat", {"fence": fence})

    @offered
    @declares("lease.change")
    def pause_lease(lease_id: str, fence: Fence) -> Any:
        """Stop for a while and keep the ground, for 48 hours at most."""
        return client.post(f"/leases/{_segment(lease_id)}/pause", {"fence": fence})

    @offered
    @declares("lease.change")
    def resume_lease(lease_id: str, fence: Fence) -> Any:
        """Go on with a paused lease."""
        return client.post(f"/leases/{_segment(lease_id)}/resume", {"fence": fence})

    @offered
    @declares("lease.change")
    def hand_over_lease(lease_id: str, fence: Fence) -> Any:
        """A code with which another organization takes the lease over within a day. Ask a person whom to give it to."""
        return client.post(f"/leases/{_segment(lease_id)}/hand-over", {"fence": fence})

    @offered
    @declares("ground.read")
    def coverage_map(target: Annotated[str, Field(description="Package URL or repository address.")]) -> Any:
        """What was scanned of a target: by how many, at which commit, how long ago, with what effort."""
        return {**client.get("/ground/coverage", target=target), "allowed_next": ["least_scanned", "request_lease"]}

    @offered
    @declares("ground.read")
    def least_scanned(
        candidates: Annotated[Strings, Field(description="Targets to choose from; empty for all that are known.")] = [],  # noqa: B006 - as above
        paths: Annotated[Strings, Field(description="Prefixes to rank within each.")] = [],  # noqa: B006 - as above
        limit: Annotated[int, Field(ge=1, le=100)] = 20,
    ) -> Any:
        """Where the least-scanned ground is that matters most, the best first, each with its reasons."""
        return client.post("/ground/least-scanned", {"candidates": candidates, "paths": paths, "limit": limit})


def offer_commitments(client: Client, offered: Offer) -> None:
    """Sealed commitments and the blind collision check."""

    @offered
    @declares("commitment.seal")
    def seal_commitment(
        finding: Annotated[str, Field(description="The finding as a JSON object, as much as you know.")],
        label: Annotated[str, Field(description="A note for yourself; it is in no log.")] = "",
    ) -> Any:
        """Commit to a finding before you tell anybody. Keep `opening_base64`: without it nothing can be revealed."""
        try:
            said = json.loads(finding)
        except (ValueError, RecursionError) as error:
            raise BadInput("The finding is no JSON.", "Send a JSON object as text.", field="finding") from error
        if not isinstance(said, dict):
            raise BadInput("The finding is no JSON object.", "Send a JSON object as text.", field="finding")
        committer = str(client.get("/me")["organization"]["id"])
        opening = sealed_opening(committer, said, secrets.token_bytes(32))
        digest = hashlib.sha256(opening).hexdigest()
        row = client.post("/commitments", {"digest": digest, "label": label})
        return {**row, "opening_base64": base64.b64encode(opening).decode("ascii")}

    @offered
    @declares("commitment.reveal")
    def reveal_commitment(
        commitment_id: str,
        opening_base64: Annotated[str, Field(description="From seal_commitment, every byte.")],
        report_id: Annotated[str, Field(description="Your report of the same finding.")] = "",
    ) -> Any:
        """Show the clearinghouse what you committed to. A changed byte is refused."""
        body = {"opening_base64": opening_base64, "report_id": report_id}
        return client.post(f"/commitments/{_segment(commitment_id)}/reveal", body)

    @offered
    @declares("commitment.read")
    def commitment_proof(commitment_id: str) -> Any:
        """The file that proves the commitment to outsiders. There is one from the next full hour on."""
        return {"proof": client.text(f"/commitments/{_segment(commitment_id)}/proof")}

    @offered
    @declares("collision.check")
    def check_collision(
        commitment_id: Annotated[str, Field(description="Your own, from seal_commitment.")],
        target: Annotated[str, Field(description="Package URL or repository address.")],
        symbols: Annotated[Strings, Field(description="Such as jinja2.filters.do_attr.")] = [],  # noqa: B006 - as above
        functions: Annotated[Strings, Field(description="file:function, such as src/filters.py:do_attr.")] = [],  # noqa: B006 - as above
        frames: Annotated[Strings, Field(description="Functions on the crash's stack, the innermost first.")] = [],  # noqa: B006 - as above
        introduce: Annotated[bool, Field(description="Ask to be introduced to whoever holds it.")] = False,
    ) -> Any:
        """Does anybody else already hold this? The server learns neither the question nor, from you, the answer."""
        return ask_blindly(
            client,
            commitment_id,
            target=target,
            symbols=symbols,
            functions=functions,
            frames=frames,
            hunks=(),
            introduce=introduce,
        )


def offer_networks(client: Client, offered: Offer) -> None:
    """Authorized network scans."""

    @offered
    @declares("network.read")
    def list_networks(limit: Annotated[int, Field(ge=1, le=100)] = 20) -> Any:
        """Networks that let you book a scan, or that are yours."""
        return {"items": list(client.pages("/networks", most=limit)), "allowed_next": ["book_scan"]}

    @offered
    @declares("booking.request")
    def book_scan(
        network_id: str,
        hours: Annotated[int, Field(ge=1, le=72)],
        rate: Annotated[int, Field(ge=1, description="Requests a second.")],
        sources: Annotated[Strings, Field(description="Addresses that the scan comes from.")],
        targets: Annotated[Strings, Field(description="Parts of the network; empty for all of it.")] = [],  # noqa: B006 - as above
    ) -> Any:
        """Book the first window with room. Do not scan before heartbeat_scan says go."""
        wish = {"network_id": network_id, "hours": hours, "rate": rate, "sources": sources, "targets": targets}
        return client.post("/bookings", wish)

    @offered
    @declares("booking.change")
    def heartbeat_scan(booking_id: str) -> Any:
        """Ask whether the scan may go on, at least once a minute. `go: false` means: stop at once."""
        answer = client.post(f"/bookings/{_segment(booking_id)}/heartbeat", {})
        return {**answer, "allowed_next": ["heartbeat_scan", "finish_scan"] if answer["go"] else []}

    @offered
    @declares("booking.change")
    def finish_scan(booking_id: str) -> Any:
        """End your scan, or cancel one that did not begin."""
        return client.post(f"/bookings/{_segment(booking_id)}/finish", {})

    @offered
    @declares("network.ask")
    def is_it_ours(
        source: Annotated[str, Field(description="The address that was seen.")],
        at: Annotated[str | None, Field(description="When, with a time zone; now without it.")] = None,
        target: Annotated[str, Field(description="What it came to.")] = "",
    ) -> Any:
        """Whether a source at a time is an authorized scan of your networks."""
        query = {name: value for name, value in (("at", at), ("target", target)) if value}
        return client.get("/networks/ours", source=source, **query)
