"""What an ecosystem is: how it spells names, and the order of its versions as bytes.

    key = ECOSYSTEM.key("1.10")     # bytes, or Unparsable with the reason
    ECOSYSTEM.key("1.9") < key      # the ecosystem's own order

Rules that every implementation keeps (``contract.py`` checks them):

- For versions a and b that have keys, comparing the keys is the ecosystem's own comparison, equality included.
- A version that the ecosystem's own rules do not cover has no key: ``Unparsable`` says why. Nothing is guessed.
- A key is not empty and begins with a byte under 0xFF, so that ``b""`` stands below and 0xFF above every version.
- Where no one order exists (Maven's comparison is not transitive), ``compare`` is the ecosystem's own comparison of two
  versions. It agrees with the keys wherever both versions have one, and says nothing about a third version.
- ``scheme`` names the order and its edition. Keys of different schemes are never compared; when the bytes of any
  key would change, the edition changes, and stored keys are made anew from the version's text, which is always kept.

To add an ecosystem: a folder with ``order.py`` (it exports ``ECOSYSTEM``) and ``samples.toml``, and a line in
``registry.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass

VERSION_MAX = 256
"""Characters of a version; node-semver's own limit, and five times the longest one seen in the advisories at hand."""

_BLANKS = " \t\r\n\f\v"


class Malformed(ValueError):
    """Raised by an order's ``encode``; the message says what the ecosystem's rules miss."""


@dataclass(frozen=True, slots=True)
class Unparsable:
    """A version without a place in its ecosystem's order; it can only be matched by its exact text."""

    version: str
    """As it was given, cut to ``VERSION_MAX`` characters."""
    why: str
    """A clause for people, such as ``not a PEP 440 version``."""


def trimmed(version: str) -> str:
    """A version without the blanks around it; refuses (``Malformed``) what is no version in any ecosystem."""
    text = version.strip(_BLANKS)
    if not text:
        raise Malformed("there is no version")
    if len(text) > VERSION_MAX:
        raise Malformed(f"longer than {VERSION_MAX} characters")
    if not text.isascii() or not text.isprintable():
        raise Malformed("has characters that no version has")
    return text


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """One package ecosystem."""

    name: str
    """OSV's name of it (``PyPI``), or the purl type where OSV has none."""
    scheme: str
    """Order and edition, such as ``pep440/1``."""
    purl_types: frozenset[str]
    encode: Callable[[str], bytes]
    """Key of a trimmed ASCII version of at most ``VERSION_MAX`` characters; raises ``Malformed``."""
    normalize_name: Callable[[str], str] = str
    """The one spelling under which a package is stored and looked up."""
    covers: str = "all versions"
    """Which part of the ecosystem's versions has keys, for people."""
    compare: Callable[[str, str], int] | None = None
    """The ecosystem's own comparison, for the versions without keys: below, at or above zero as the first stands before,
    with or after the second. Takes two versions as ``key`` does; raises ``Malformed`` where the rules do not cover one of
    them. None where the keys say all there is to say."""

    def key(self, version: str) -> bytes | Unparsable:
        """The version's key; never raises, whatever the text."""
        try:
            return self.encode(trimmed(version))
        except Malformed as error:
            return Unparsable(version.strip(_BLANKS)[:VERSION_MAX], str(error))
