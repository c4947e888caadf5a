"""Stories: what parties say to the API and hear from it, played for real, and drawn as they were played.

    story = Story("two-finders", "Two finders, one flaw", scene, later, finder="Lab A", clearinghouse="Ines")
    receipt = story.says("finder", "reports the flaw", "POST", "/reports", REPORT, status=202)
    story.hears("finder", "known, your credit is kept")
    story.pictured()          # the picture in docs/stories.md is the one that was just played

The picture is a Mermaid sequence diagram. With ``DRAW_STORIES=1`` in the environment ``pictured`` writes it into the page
instead of comparing.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support import Answer, Api
from support.world import Scene

PAGE = Path(__file__).parents[2] / "docs" / "stories.md"


class Story:
    """Parties, their words, and the picture of them."""

    def __init__(self, name: str, scene: Scene, later: Callable[..., None], **parties: str) -> None:
        self.name, self.scene, self.world = name, scene, scene.world
        self._later, self._parties = later, parties
        self._lines: list[str] = []
        self._apis: dict[str, Api] = {}

    def api(self, who: str) -> Api:
        """The API as the party sees it; ``clearinghouse/ruben`` is one of two people of an organization."""
        if who not in self._apis:
            organization, _, person = who.partition("/")
            self._apis[who] = self.world.person_api(organization, person) if person else self.world.api(organization)
        return self._apis[who]

    def says(
        self, who: str, text: str, method: str, path: str, body: Any = None, *, status: int = 200, **more: Any
    ) -> Answer:
        """The party calls the API; the arrow is drawn if the answer is the expected one."""
        answer = self.api(who).request(method, path, body, **more)
        assert answer.status == status, (who, text, answer.status, answer.body)
        self._lines.append(f"{self._short(who)}->>S: {text}")
        if status >= 400:
            self._lines.append(f"S--x{self._short(who)}: refused: {answer.body['detail'].rstrip('.')}")
        return answer

    def hears(self, who: str, text: str) -> None:
        """Seawall tells the party; call it after the assertion that it did."""
        self._lines.append(f"S-->>{self._short(who)}: {text}")

    def happens(self, text: str) -> None:
        """Seawall does something by itself; call it after the assertion that it did."""
        self._lines.append(f"S->>S: {text}")

    def passes(self, text: str, **time: float) -> None:
        """Time passes, and the jobs that are due then run."""
        self._later(**time)
        self._apis.clear()  # tokens run out; people mint new ones
        self.scene.works()
        self._lines.append(f"Note over {self._ends()}: {text}")

    def picture(self) -> str:
        """The story so far, as a Mermaid sequence diagram."""
        people = [f"participant {self._short(who)} as {title}" for who, title in self._parties.items()]
        seawall = "participant S as Seawall"
        drawn = [*people[:1], seawall, *people[1:], *self._lines]
        return "\n".join(["```mermaid", "sequenceDiagram", *(f"    {line}" for line in drawn), "```"])

    def pictured(self) -> None:
        """Hold the page's picture of this story against what was played, or draw it anew."""
        page = PAGE.read_text()
        begin, end = f"<!-- story: {self.name} -->\n", f"\n<!-- end of {self.name} -->"
        found = re.search(re.escape(begin) + "(.*?)" + re.escape(end), page, re.DOTALL)
        assert found is not None, f"docs/stories.md has no place for {self.name}"
        if os.environ.get("DRAW_STORIES"):
            PAGE.write_text(page.replace(found[0], begin + self.picture() + end))
            return
        assert found[1] == self.picture(), "the page shows another story: draw it anew with DRAW_STORIES=1"

    def _short(self, who: str) -> str:
        assert who in self._parties, who
        return "P" + str(list(self._parties).index(who) + 1)

    def _ends(self) -> str:
        shorts = [self._short(who) for who in self._parties]
        return f"{shorts[0]},{shorts[-1]}" if len(shorts) > 1 else f"{shorts[0]},S"
