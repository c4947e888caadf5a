"""What a report format is: a folder with ``parse(data) -> tuple[Report, ...]``.

Parsers run in a child process with memory and CPU limits (``intake/parsing.py``), import no Django and
raise only ``intake.errors``. A format in which a proof can lie also has ``enclosed(data) -> tuple[Enclosed, ...]``, asked only
of what ``parse`` took. Whatever bytes come in, nothing else may escape; the fuzz tests hold
every format to that. To add one: a folder here with ``parser.py``, a line in ``FORMATS``, what it is told
by in ``detecting.py``, and a sample in ``tests/support/report_samples.py``, which puts it under the contract suite.
"""

from collections.abc import Callable
from importlib import import_module

from seawall.clearinghouse.intake.errors import NotThisFormat
from seawall.clearinghouse.intake.types import Enclosed, Report

Parser = Callable[[bytes], tuple[Report, ...]]

FORMATS: dict[str, str] = {
    "seawall": "seawall.clearinghouse.intake.formats.seawall.parser",
    "sarif": "seawall.clearinghouse.intake.formats.sarif.parser",
    "akrites-tap": "seawall.clearinghouse.intake.formats.tap.parser",
    "csaf": "seawall.clearinghouse.intake.formats.csaf.parser",
    "aixcc": "seawall.clearinghouse.intake.formats.aixcc.parser",
    "markdown": "seawall.clearinghouse.intake.formats.markdown.parser",
}
"""Name on the wire -> module."""


def enclosed(name: str, data: bytes) -> tuple[Enclosed, ...]:
    """Files of a report that may be its proof.

    Args:
        name: The format's.
        data: What its parser has taken.
    """
    find: Callable[[bytes], tuple[Enclosed, ...]] | None = getattr(import_module(FORMATS[name]), "enclosed", None)
    return find(data) if find else ()


def parser(name: str) -> Parser:
    """The parser of a format.

    Raises:
        NotThisFormat: No such format.
    """
    if name not in FORMATS:
        raise NotThisFormat(
            f"The format {name[:40]!r} is not known.", f"Choose from {', '.join(FORMATS)}.", field="format"
        )
    parse: Parser = import_module(FORMATS[name]).parse
    return parse
