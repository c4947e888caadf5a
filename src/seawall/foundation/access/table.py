"""The one permission table. What is not in it is refused.

A row reads: an actor of one of these organization kinds, holding this scope, may do this action to
an object to which it stands in this relation. A list is the union of the rows' relations as one
query; a check is the same query with a primary key. ``relation`` names are registered by the
folder that owns the object (see ``relations.py``); two need no object:

- ``public``: everybody, signed in or not;
- ``member``: any authenticated member of an organization of the row's kinds (actions without an object).

Scopes are what a token must carry. A person has the scopes of the role: viewers the ``:read`` ones,
members those, ``:write`` and ``:publish``, administrators also ``:admin``.
"""

from dataclasses import dataclass

from seawall.foundation.access.types import OrganizationKind as Kind

EVERY_KIND = frozenset(Kind)
FINDERS = frozenset({Kind.FINDER, Kind.AI_DEVELOPER, Kind.EVALUATOR, Kind.VENDOR, Kind.COORDINATOR})
OPERATORS = frozenset({Kind.OPERATOR, Kind.AGENCY, Kind.VENDOR})
COORDINATORS = frozenset({Kind.COORDINATOR})

SCOPES: dict[str, str] = {
    "leases:read": "see your own scan leases",
    "leases:write": "ask for, renew and give back scan leases",
    "commitments:read": "see your own sealed commitments and the introductions that you are part of",
    "commitments:write": "commit to findings, reveal them, ask whether somebody holds the same",
    "networks:read": "see the networks that you may scan or that are scanned, and ask whether a source is authorized",
    "networks:write": "register networks, book scans of them, stop them",
    "reports:read": "see your organization's reports and scans, their verdicts, answers and findings",
    "reports:write": "submit reports, proofs and scans, and judge findings",
    "cases:read": "see the cases you take part in",
    "cases:write": "answer in the cases you take part in, decide as a coordinator",
    "cases:publish": "propose and approve publications as a coordinator; for people, never for the token of a machine",
    "inventories:read": "see your inventories and what they are exposed to",
    "inventories:write": "upload inventories and judge exposures",
    "notices:read": "see your organization's notices",
    "notices:write": "mark notices as read",
    "facts:write": "record KEV, SSVC and other facts about vulnerabilities",
    "tokens:admin": "mint and revoke your organization's tokens",
}


@dataclass(frozen=True)
class Grant:
    """One row of the table."""

    action: str
    """``kind.verb``, such as ``report.read``."""
    relation: str
    """How the actor must stand to the object."""
    scope: str | None = None
    """Scope needed; None where anonymous actors are meant."""
    kinds: frozenset[Kind] = EVERY_KIND
    """Kinds of organization meant."""
    why: str = ""
    """The reason, for the page that explains access."""


TABLE: tuple[Grant, ...] = (
    # What anybody may do without a credential. Each is on the written list in docs/access.md.
    Grant("site.read", "public", why="home, sign-in, documentation and health"),
    Grant("log.read", "public", why="the log's leaves say nothing without their openings"),
    Grant("advisory.read", "public", why="published advisories and feeds are for everybody"),
    Grant("link.open", "public", why="a one-time link is its own credential; nothing is shown before it is opened"),
    # Leases
    Grant("lease.request", "member", "leases:write", FINDERS, "finders announce what they will scan"),
    Grant(
        "lease.read", "own", "leases:read", FINDERS, "a holder sees its own leases; others only that ground is taken"
    ),
    Grant("lease.read", "any", "leases:read", COORDINATORS, "the coordinator deconflicts"),
    Grant("lease.change", "own", "leases:write", FINDERS, "only the holder renews or gives back"),
    Grant("lease.stop", "any", "leases:write", COORDINATORS, "somebody has to end a lease that does harm"),
    Grant("ground.read", "member", "leases:read", FINDERS, "what was scanned, and what its maintainers closed"),
    Grant("ground.weigh", "member", "leases:write", COORDINATORS, "how much a target matters to everybody"),
    Grant("ground.claim", "member", "leases:write", FINDERS, "who maintains a target asks to be believed"),
    Grant("stewardship.read", "own", "leases:read", FINDERS, "a maintainer sees its own claims"),
    Grant("stewardship.read", "any", "leases:read", COORDINATORS, "the coordinator decides on them"),
    Grant("stewardship.change", "own", "leases:write", FINDERS, "only the maintainer closes its ground"),
    Grant(
        "stewardship.decide", "any", "leases:write", COORDINATORS, "the coordinator's word where no proof is possible"
    ),
    # Sealed commitments
    Grant("commitment.seal", "member", "commitments:write", FINDERS, "who finds may say so without saying what"),
    Grant("commitment.read", "own", "commitments:read", FINDERS, "a committer sees its own; nobody learns of others'"),
    Grant("commitment.read", "any", "commitments:read", COORDINATORS, "the coordinator settles who was first"),
    Grant("commitment.reveal", "own", "commitments:write", FINDERS, "only the committer can open what it sealed"),
    Grant("commitment.judge", "any", "commitments:write", COORDINATORS, "a person confirms a source, or disputes"),
    Grant("commitment.credit", "member", "commitments:read", COORDINATORS, "order among findings that are one"),
    # The blind collision check
    Grant(
        "collision.check", "member", "commitments:write", FINDERS, "does anybody already hold this? blind, and counted"
    ),
    Grant("introduction.read", "party", "commitments:read", FINDERS, "who asked, and who was asked"),
    Grant("introduction.read", "any", "commitments:read", COORDINATORS, "introductions go through the coordinator"),
    Grant("introduction.answer", "asked_of", "commitments:write", FINDERS, "the holder agrees, or stays unknown"),
    Grant("introduction.decide", "any", "commitments:write", COORDINATORS, "and the coordinator asks them"),
    # Authorized network scans
    Grant("network.register", "member", "networks:write", OPERATORS, "who runs addresses says which may be scanned"),
    Grant("network.read", "own", "networks:read", OPERATORS, "an operator sees its own"),
    Grant("network.read", "admits", "networks:read", FINDERS, "a scanner sees the networks that let it book"),
    Grant("network.read", "any", "networks:read", COORDINATORS, "the coordinator decides on registrations"),
    Grant("network.change", "own", "networks:write", OPERATORS, "only the operator sets limits and stops"),
    Grant("network.decide", "any", "networks:write", COORDINATORS, "the coordinator's word where no proof is possible"),
    Grant("network.ask", "member", "networks:read", OPERATORS, "is this source at this time ours?"),
    Grant("booking.request", "member", "networks:write", FINDERS, "a scanner books a window"),
    Grant("booking.read", "own", "networks:read", FINDERS, "a scanner sees its windows"),
    Grant("booking.read", "on_my_network", "networks:read", OPERATORS, "an operator sees who scans it"),
    Grant("booking.read", "any", "networks:read", COORDINATORS, "and so does the coordinator"),
    Grant("booking.change", "own", "networks:write", FINDERS, "only the scanner starts and ends its scan"),
    Grant("booking.stop", "on_my_network", "networks:write", OPERATORS, "an operator stops what hurts"),
    Grant("booking.stop", "any", "networks:write", COORDINATORS, "and so may the coordinator"),
    # Reports and their validation
    Grant("report.submit", "member", "reports:write", FINDERS, "whoever finds may report"),
    Grant("report.read", "own", "reports:read", why="a finder sees its own reports and answers"),
    Grant("report.read", "any", "reports:read", COORDINATORS, "the coordinator sorts the queue"),
    Grant("report.read", "proved_in_my_case", "reports:read", why="a signatory sees the proved reports of its case"),
    # Scans and their findings
    Grant("scan.upload", "member", "reports:write", why="whoever runs a tool may keep what it finds"),
    Grant("scan.read", "own", "reports:read", why="what a tool says of somebody's code is nobody else's"),
    Grant("scan.withdraw", "own", "reports:write", why="leaving is always possible"),
    Grant("finding.read", "own", "reports:read", why="as its scan"),
    Grant("finding.judge", "own", "reports:write", why="whoever scanned says what counts"),
    # Cases
    Grant("case.read", "signatory", "cases:read", why="content needs RM >= RECEIVED and a signed embargo, or none"),
    Grant("case.read", "any", "cases:read", COORDINATORS, "the coordinator owns the cases"),
    Grant("case.brief", "read_in", "cases:read", why="who is read in sees what its tier may, until its time is over"),
    Grant("case.brief", "any", "cases:read", COORDINATORS, "the coordinator sees what each tier sees"),
    Grant("case.decide", "any", "cases:write", COORDINATORS, "a human decides merges and embargo ends"),
    Grant("case.publish", "any", "cases:publish", COORDINATORS, "two people publish: one proposes, another approves"),
    Grant("policy.set", "member", "cases:write", why="whoever takes part in cases brings its disclosure policy"),
    Grant("policy.read", "member", "cases:read", why="disclosure policies are public knowledge"),
    Grant("case.respond", "participant", "cases:write", why="a participant answers for itself"),
    # The contact register
    Grant(
        "contact.register", "member", "cases:write", FINDERS, "owners and finders say whom to bring in for a package"
    ),
    Grant("contact.read", "own", "cases:read", FINDERS, "an organization sees its own entries"),
    Grant("contact.read", "any", "cases:read", COORDINATORS, "the coordinator uses the register"),
    Grant("contact.change", "own", "cases:write", FINDERS, "owners keep their own entries"),
    Grant("contact.change", "any", "cases:write", COORDINATORS, "and the coordinator everybody's"),
    Grant("contact.confirm", "any", "cases:write", COORDINATORS, "an entry opens embargoed reports; a person vouches"),
    # Conversations in cases
    Grant("case.converse", "signatory", "cases:write", why="whoever sees the content may talk about it"),
    Grant("case.converse", "any", "cases:write", COORDINATORS, "the coordinator talks to everybody"),
    Grant("thread.read", "audience", "cases:read", why="a thread is for its audience, as far as the embargo allows"),
    Grant("thread.post", "audience", "cases:write", why="whoever is in the audience may answer"),
    Grant("thread.change", "opener", "cases:write", why="whoever opened it widens and closes it"),
    Grant("thread.change", "audience", "cases:write", COORDINATORS, "the coordinator brings people in"),
    Grant("thread.oversee", "audience", "cases:write", COORDINATORS, "the coordinator asks after who has not read"),
    Grant("message.read", "audience", "cases:read", why="as its thread, from the time its reader came in"),
    Grant("message.change", "author", "cases:write", why="only the author says what it wrote"),
    Grant("message.retract", "author", "cases:write", why="an author may take its words back"),
    Grant("message.retract", "audience", "cases:write", COORDINATORS, "somebody has to take out what does harm"),
    # Pacing
    Grant("pacing.read", "member", "cases:read", why="a maintainer sees its own pace, and how many wait for it"),
    Grant("pacing.set", "member", "cases:write", why="a maintainer says how many reports it takes"),
    Grant("pacing.set_for", "member", "cases:write", COORDINATORS, "for maintainers without an account"),
    # Inventories and exposures
    Grant("inventory.upload", "member", "inventories:write", OPERATORS, "who runs software says what it runs"),
    Grant("inventory.read", "own", "inventories:read", OPERATORS, "nobody else sees what an operator runs"),
    Grant("inventory.withdraw", "own", "inventories:write", OPERATORS, "leaving is always possible"),
    Grant(
        "exposure.read", "own_published", "inventories:read", OPERATORS, "an operator sees its own, after publication"
    ),
    Grant(
        "exposure.judge", "own_published", "inventories:write", OPERATORS, "who runs it says whether it counts, and why"
    ),
    Grant("judgment.read", "own", "inventories:read", OPERATORS, "what an operator thinks of a flaw is its own"),
    Grant("judgment.take_back", "own", "inventories:write", OPERATORS, "and so is changing its mind"),
    Grant("product.read", "own", "inventories:read", OPERATORS, "as its inventories"),
    Grant("asset.register", "member", "inventories:write", OPERATORS, "who runs hosts says what runs on them"),
    Grant("asset.read", "own", "inventories:read", OPERATORS, "nobody else sees what an operator runs"),
    Grant("asset.change", "own", "inventories:write", OPERATORS, "hosts come and go"),
    Grant(
        "advisory.reach",
        "member",
        "cases:read",
        COORDINATORS,
        "who to call: counts by sector, never a name, none below 3",
    ),
    Grant("facts.write", "member", "facts:write", COORDINATORS, "the clearinghouse answers for what it states"),
    Grant(
        "facts.read", "public", why="what CISA's feeds say is public knowledge; what was stated here, coordinators see"
    ),
    # Publication and notices
    Grant("advisory.publish", "member", "cases:write", COORDINATORS, "only the clearinghouse signs what it publishes"),
    Grant("notice.read", "own", "notices:read", why="an organization reads its own inbox"),
    Grant("notice.mark", "own", "notices:write", why="and keeps it tidy"),
    # People and tokens
    Grant("token.mint", "member", "tokens:admin", why="an organization's administrator gives machines access"),
    Grant("token.read", "own", "tokens:admin", why="an administrator sees the organization's tokens"),
    Grant("token.revoke", "own", "tokens:admin", why="an administrator ends them"),
    Grant("self.read", "member", why="anybody may ask who they are"),
)
