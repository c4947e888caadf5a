"""Which paths the readers of languages want, for those who know what a distribution's package brought."""

from collections.abc import Iterable, Iterator

from seawall.clearinghouse.matching.systems.readers import binaries, java, node, python


def of_languages(paths: Iterable[str]) -> Iterator[str]:
    """Those of the paths that a reader of languages would want, without their first slash."""
    for path in paths:
        plain = path.strip().removeprefix("./").lstrip("/")
        if python.wants(plain) or node.wants(plain) or java.wants(plain) or binaries.wants(plain):
            yield plain
