"""The database itself refuses to change or remove what the log has taken.

This guards against mistakes (a stray UPDATE, a cascade, a repair by hand). It does not guard against
somebody who owns the database and may drop triggers: that is what the signed checkpoints are for.

SQLite forgets triggers when Django rebuilds a table to alter it; a later migration that alters one of
these tables must run ``lift`` before and ``install`` after. A test counts the triggers.
"""

from collections.abc import Iterator

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper

# Table and primary key; rows are only ever inserted.
APPEND_ONLY = {
    "transparency_logentry": "index",
    "transparency_logopening": "entry_id",
    "transparency_lognode": "number",
    "transparency_logcheckpoint": "size",
}
HEAD = "transparency_loghead"


def _sqlite(table: str, event: str, message: str, when: str = "") -> str:
    return (
        f'CREATE TRIGGER "{table}_{event.lower()}_refused" BEFORE {event} ON "{table}" {when}\n'
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _sqlite_statements() -> Iterator[str]:
    for table, key in APPEND_ONLY.items():
        yield _sqlite(table, "UPDATE", f"{table} is append-only")
        yield _sqlite(table, "DELETE", f"{table} is append-only")
        # INSERT OR REPLACE would remove the old row without firing the DELETE trigger.
        taken = f'WHEN EXISTS (SELECT 1 FROM "{table}" WHERE "{key}" = NEW."{key}")'  # noqa: S608 - names from above
        yield _sqlite(table, "INSERT", f"{table} has this row already", taken)
    yield _sqlite(HEAD, "DELETE", f"{HEAD} is never removed")
    yield _sqlite(HEAD, "UPDATE", f"{HEAD} only grows", "WHEN NEW.size <= OLD.size")


def _postgresql_statements() -> Iterator[str]:
    yield """
        CREATE FUNCTION transparency_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
        END $$"""
    for table in APPEND_ONLY:
        yield f"""
            CREATE TRIGGER {table}_refused BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION transparency_refuse()"""
        yield f"""
            CREATE TRIGGER {table}_truncate_refused BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION transparency_refuse()"""
    yield f"""
        CREATE TRIGGER {HEAD}_refused BEFORE DELETE ON {HEAD}
        FOR EACH ROW EXECUTE FUNCTION transparency_refuse()"""
    yield f"""
        CREATE TRIGGER {HEAD}_truncate_refused BEFORE TRUNCATE ON {HEAD}
        FOR EACH STATEMENT EXECUTE FUNCTION transparency_refuse()"""
    yield f"""
        CREATE TRIGGER {HEAD}_shrink_refused BEFORE UPDATE ON {HEAD}
        FOR EACH ROW WHEN (NEW.size <= OLD.size) EXECUTE FUNCTION transparency_refuse()"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    statements = _postgresql_statements() if connection.vendor == "postgresql" else _sqlite_statements()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for a migration that alters these tables, and for tests that empty the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS transparency_refuse() CASCADE")
            return
        for table in APPEND_ONLY:
            for event in ("update", "delete", "insert"):
                cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_{event}_refused"')
        for event in ("update", "delete"):
            cursor.execute(f'DROP TRIGGER IF EXISTS "{HEAD}_{event}_refused"')


class Migration(migrations.Migration):
    dependencies = [("transparency", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda _apps, editor: install(editor.connection), lambda _apps, editor: lift(editor.connection)
        )
    ]
