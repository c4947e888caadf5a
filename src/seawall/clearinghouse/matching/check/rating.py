"""A severity in a word and a number, from CVSS vectors of versions 2 to 4."""

from seawall.clearinghouse.matching.check.types import Rating

_FLOORS = ((9.0, Rating.CRITICAL), (7.0, Rating.HIGH), (4.0, Rating.MEDIUM), (0.1, Rating.LOW))


def rate(vector: str) -> tuple[float | None, Rating]:
    """Base score and rating of a vector; (None, unknown) where it cannot be read."""
    from cvss import CVSS2, CVSS3, CVSS4  # noqa: PLC0415 - only what has findings needs it
    from cvss.exceptions import CVSSError  # noqa: PLC0415

    kind = CVSS4 if vector.startswith("CVSS:4") else CVSS3 if vector.startswith("CVSS:3") else CVSS2
    if not vector:
        return None, Rating.UNKNOWN
    try:
        scored = kind(vector)
    except CVSSError:
        return None, Rating.UNKNOWN
    score = float(scored.base_score)
    return score, next((rating for floor, rating in _FLOORS if score >= floor), Rating.NONE)
