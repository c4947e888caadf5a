"""The story, played as its people would: everything goes through the HTTP API with tokens of its own.

    1 lease    two finders ask for ground in one project
    2 report   reports arrive, with and without proofs, one as SARIF
    3 prove    each proof is run on the flawed and on the fixed version
    4 fold     the duplicate is folded, the slop goes back to its finder
    5 expose   three operators upload what they run
    6 publish  embargoes end, advisories appear, operators are told what to fix by when

Nothing here decides or knows a result: what the server answers is compared with what ``world/story.toml``
expects, and a difference is a failure of the story.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from seawall.demo import world

POLL_SECONDS = 0.25
PATIENCE_SECONDS = 600.0
"""Longest wait for all proofs; on two cores the runs take about a minute."""


class StoryError(RuntimeError):
    """The server did something else than the story expects; the message says what."""


class Api(Protocol):
    """One party's way to the server."""

    def get(self, path: str, **query: str) -> Any:
        """The JSON answer of a GET."""
        ...

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer of a POST with a JSON body."""
        ...

    def upload(self, path: str, fields: dict[str, str], parts: dict[str, tuple[str, bytes]]) -> Any:
        """The JSON answer of a multipart POST."""
        ...


class Narrator(Protocol):
    """Where the story is told."""

    def step(self, number: int, title: str) -> None:
        """A new step begins."""
        ...

    def say(self, text: str) -> None:
        """One line."""
        ...

    def progress(self, done: int, total: int, text: str) -> None:
        """How far the running step is."""
        ...


@dataclass
class Tally:
    """What happened, for the summary and for ``bench/demo.py``."""

    reports: int = 0
    confirmed: int = 0
    refused: int = 0
    duplicates: int = 0
    skipped: int = 0
    operators_warned: int = 0
    log_entries: int = 0
    advisories: list[str] = field(default_factory=list)
    exposures: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Report key -> what its finder was answered."""
    timings: dict[str, float] = field(default_factory=dict)


class Story:
    """Plays the steps in order and counts."""

    def __init__(
        self,
        apis: Mapping[str, Api],
        narrator: Narrator,
        *,
        runtimes: frozenset[str],
        interlude: Callable[[], None] | None = None,
    ) -> None:
        """Prepare.

        Args:
            apis: Organization key -> its way to the server.
            narrator: Where to tell.
            runtimes: What this machine can run (``python``, ``node``, ``native``); proofs for others are left out.
            interlude: Called once while proofs are being run (the test that kills the server hooks in here).
        """
        self._apis = apis
        self._tell = narrator
        self._runtimes = runtimes
        self._interlude = interlude
        self._report_ids: dict[str, str] = {}
        self._names = {item.key: item.name for item in world.organizations()}
        self.tally = Tally()

    def play(self) -> Tally:
        """All steps.

        Raises:
            StoryError: Something came out differently than the world's data expects.
        """
        for step in (self._lease, self._report, self._prove, self._fold, self._expose, self._publish):
            begun = time.monotonic()
            step()
            self.tally.timings[step.__name__.lstrip("_")] = time.monotonic() - begun
        return self.tally

    def _coordinator(self) -> Api:
        return self._apis["seawall-clearinghouse"]

    def _lease(self) -> None:
        self._tell.step(1, "Two finders ask for ground in the same project")
        for wanted in world.leases():
            answer = self._apis[wanted["finder"]].post(
                "/leases", {name: wanted[name] for name in ("target", "paths", "techniques", "exclusive", "hours")}
            )
            free = [path for lease in answer["leases"] for path in lease["paths"]]
            taken = [item["path"] for item in answer["taken"]]
            self._tell.say(
                f"{self._names[wanted['finder']]}: {answer['outcome'].replace('_', ' ')}; free {', '.join(free) or 'nothing'}"
            )
            for item in answer["taken"]:
                self._tell.say(f"  taken until {item['until'][:16]}Z: {item['path']} ({item['technique']})")
            _expect("lease", (answer["outcome"], free, taken), (wanted["expected"], wanted["free"], wanted["taken"]))

    def _report(self) -> None:
        self._tell.step(2, "Reports arrive")
        for filed in world.reports():
            if filed.proof and filed.runtime not in self._runtimes:
                self.tally.skipped += 1
                self._tell.say(f"left out: {filed.key} needs {filed.runtime}, which this machine does not have")
                continue
            parts = {"report": (f"{filed.key}.json", filed.body)}
            if filed.proof:
                parts["proof"] = (f"{filed.proof}.zip", world.packed_proof(filed.proof))
            receipt = self._apis[filed.finder].upload("/reports", {"format": filed.format}, parts)
            self._report_ids[filed.key] = receipt["reports"][0]
            self.tally.reports += 1
            proof = "with proof" if filed.proof else "without proof"
            form = ", SARIF" if filed.format == "sarif" else ""
            self._tell.say(
                f"{self._names[filed.finder]}: {filed.title} ({proof}{form}); log entry {receipt['log_indexes'][0]}"
            )

    def _prove(self) -> None:
        self._tell.step(3, "Each proof is run in the sandbox, on the flawed and on the fixed version")
        waiting = dict(self._report_ids)
        by_key = {filed.key: filed for filed in world.reports()}
        total = len(waiting)
        deadline = time.monotonic() + PATIENCE_SECONDS
        self._tell.progress(0, total, "proofs run")
        while waiting:
            if time.monotonic() > deadline:
                raise StoryError(f"no answer yet for {', '.join(waiting)}; is a worker running?")
            for key in list(waiting):
                answer = self._apis[by_key[key].finder].get(f"/reports/{waiting[key]}")
                if answer["state"] != "answered":
                    continue
                del waiting[key]
                self.tally.answers[key] = answer
                verdict = answer["verdict"] or "not_attempted"
                self._tell.say(f"{verdict.replace('_', ' '):>14}  {by_key[key].title}")
                self._tell.progress(total - len(waiting), total, "proofs run")
                _expect(f"verdict of {key}", verdict, by_key[key].expected)
                if verdict == "confirmed":
                    self.tally.confirmed += 1
                else:
                    self.tally.refused += 1
                if self._interlude is not None:
                    self._interlude()
                    self._interlude = None
            if waiting:
                time.sleep(POLL_SECONDS)

    def _fold(self) -> None:
        self._tell.step(4, "Duplicates are folded; slop goes back to its finder and to nobody else")
        for filed in world.reports():
            if filed.key not in self.tally.answers:
                continue
            # Asked again: an older report that took longer to prove may have become the first of the case.
            answer = self._apis[filed.finder].get(f"/reports/{self._report_ids[filed.key]}")
            self.tally.answers[filed.key] = answer
            if filed.duplicate_of and filed.duplicate_of in self.tally.answers:
                first = self._apis[self._finder_of(filed.duplicate_of)].get(
                    f"/reports/{self._report_ids[filed.duplicate_of]}"
                )
                _expect(f"case of {filed.key}", answer["case"], first["case"])
                self.tally.duplicates += 1
                self._tell.say(f"folded: {filed.title}")
            elif answer["case"] is None:
                self._tell.say(f"sent back: {filed.title}")
            else:
                continue
            self._tell.say(f"  {self._names[filed.finder]} reads: {answer['answer']}")

    @staticmethod
    def _finder_of(key: str) -> str:
        return next(filed.finder for filed in world.reports() if filed.key == key)

    def _expose(self) -> None:
        self._tell.step(5, "Three operators upload what they run; embargoed matches stay invisible")
        for organization in world.organizations():
            if organization.inventory is None:
                continue
            api = self._apis[organization.key]
            inventory = api.upload(
                "/inventories",
                {"name": organization.name},
                {"sbom": (organization.inventory, world.inventory(organization.inventory))},
            )
            state = self._settled(api, inventory["id"])
            before = api.get("/exposures")["items"]
            _expect(f"exposures of {organization.key} before publication", before, [])
            self._tell.say(f"{organization.name}: {state['components']} components read, nothing shown yet")

    def _settled(self, api: Api, inventory_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            state: dict[str, Any] = api.get(f"/inventories/{inventory_id}")
            if state["state"] not in {"received", "queued", "parsing", "matching"}:
                return state
            time.sleep(POLL_SECONDS)
        raise StoryError("an inventory was never read; is a worker running?")

    def _publish(self) -> None:
        self._tell.step(
            6, "The coordinator ends the embargoes, two people publish; operators learn what to fix, by when"
        )
        coordinator = self._coordinator()
        ines, ruben = (self._apis[f"seawall-clearinghouse/{person}"] for person in ("ines", "ruben"))
        cases = coordinator.get("/cases", limit="200")["items"]
        for number, case in enumerate(cases, 1):
            coordinator.post(f"/cases/{case['id']}/end-embargo", {"reason": "The fix has been available for long."})
            said = {"reason": "Proved, fixed, and operators should act."}
            ines.post(f"/cases/{case['id']}/propose-publication", said)
            ruben.post(f"/cases/{case['id']}/approve-publication", {"reason": "Read it; agreed."})
            self.tally.advisories.append(case["advisory_id"])
            self._tell.progress(number, len(cases), "advisories published")
        for organization in world.organizations():
            if organization.inventory is None:
                continue
            rows = self._exposures(self._apis[organization.key])
            self.tally.exposures[organization.key] = rows
            _expect(f"exposures of {organization.key}", _summary(rows), self._expected(organization.key))
            if rows:
                self.tally.operators_warned += 1
            self._tell.say(f"{organization.name}: {len(rows)} to fix")

    def _expected(self, operator: str) -> list[tuple[str, str, int | None]]:
        """Version, rule and days of what the published flaws expose an operator to."""
        confirmed = {key for key, answer in self.tally.answers.items() if answer["verdict"] == "confirmed"}
        published = {filed.flaw for filed in world.reports() if filed.key in confirmed}
        return sorted(
            (item["version"], item["rule"], item.get("days"))
            for flaw in world.flaws()
            if flaw["id"] in published
            for item in flaw["exposed"]
            if item["operator"] == operator
        )

    def _exposures(self, api: Api) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = api.get("/exposures", **({"cursor": cursor} if cursor else {}))
            rows += page["items"]
            cursor = page.get("next")
            if not cursor:
                return rows


def _summary(rows: list[dict[str, Any]]) -> list[tuple[str, str, int | None]]:
    return sorted((row["version"], row["rule"], row["clock"]["days"]) for row in rows)


def _expect(what: str, got: object, wanted: object) -> None:
    if got != wanted:
        raise StoryError(f"{what}: expected {wanted!r}, got {got!r}")
