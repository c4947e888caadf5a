"""PostgreSQL: the same range join where the rows already are, for one advisory or one inventory among millions.

It works on tables of its own, in the session's temporary schema, filled by COPY. The service's own tables have the same
columns and the same index (package, key); ``exposing.py`` asks them in the same way.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from seawall.clearinghouse.matching.engines.interface import Asked, Row, compares
from seawall.clearinghouse.matching.snapshot.files import listed_of, ranges_of
from seawall.clearinghouse.matching.snapshot.folder import Snapshot
from seawall.clearinghouse.matching.types import Bound

_PREPARE = """
CREATE TEMP TABLE span (number integer PRIMARY KEY, advisory integer, ecosystem text, package text, low bytea, high bytea,
  introduced text, fixed text, last_affected text, listed boolean, flag text, compared boolean);
CREATE TEMP TABLE listed (ecosystem text, package text, version text, advisory integer);
CREATE TEMP TABLE asked (place integer, ecosystem text, package text, version text, key bytea, compares boolean);
"""
_INDEX = """
CREATE INDEX ON span (ecosystem, package, low);
CREATE INDEX ON listed (ecosystem, package, version);
ANALYZE span; ANALYZE listed;
"""
_CANDIDATES = """
SELECT place, advisory, number FROM asked JOIN span USING (ecosystem, package)
WHERE key >= low AND (high IS NULL OR key < high)
UNION ALL
SELECT place, advisory, number FROM asked JOIN span USING (ecosystem, package)
WHERE key IS NULL AND compares AND asked.version <> ''
UNION ALL
SELECT DISTINCT place, advisory, -1 FROM asked JOIN listed USING (ecosystem, package, version)
"""


class PostgreSQL:
    """Ranges in a PostgreSQL session's temporary tables."""

    name = "postgresql"

    def __init__(self, snapshot: Snapshot, connection: Any) -> None:
        """Fill the tables.

        Args:
            snapshot: What to match against.
            connection: A psycopg connection.
        """
        self._connection = connection
        with connection.cursor() as cursor:
            cursor.execute(_PREPARE)
            with cursor.copy("COPY span FROM STDIN") as copy:
                for number, package, advisory, bound in ranges_of(snapshot):
                    copy.write_row((number, advisory, package.ecosystem, package.name, *_columns(bound)))
            with cursor.copy("COPY listed FROM STDIN") as copy:
                for package, version, advisory in listed_of(snapshot):
                    copy.write_row((package.ecosystem, package.name, version, advisory))
            cursor.execute(_INDEX)

    def candidates(self, asked: Sequence[Asked]) -> Iterator[Row]:
        """See ``interface``."""
        with self._connection.cursor() as cursor:
            cursor.execute("TRUNCATE asked")
            with cursor.copy("COPY asked FROM STDIN") as copy:
                for place, one in enumerate(asked):
                    package = one.package
                    copy.write_row(
                        (place, package.ecosystem, package.name, one.version.strip(), one.key, compares(one))
                    )
            cursor.execute("ANALYZE asked")
            cursor.execute(_CANDIDATES)
            yield from (Row(*row) for row in cursor)

    def bounds(self, numbers: Iterable[int]) -> dict[int, Bound]:
        """See ``interface``."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT number, low, high, introduced, fixed, last_affected, listed, flag, compared FROM span"
                " WHERE number = ANY(%s)",
                [sorted(numbers)],
            )
            return {row[0]: Bound(*(_plain(value) for value in row[1:])) for row in cursor}


def _columns(bound: Bound) -> tuple[Any, ...]:
    ends = (bound.introduced, bound.fixed, bound.last_affected)
    return (bound.low, bound.high, *ends, bound.listed, bound.flag, bound.compared)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
