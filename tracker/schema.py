"""The version of the database, and the way to the newest one."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from tracker.domain.errors import TrackerError

MIGRATIONS = Path(__file__).parent.parent / "migrations"
UNFINISHED = "unfinished_restore"  # a table that is there only while a backup is put back


class WrongSchema(TrackerError):
    """The database is older or newer than the code; the message says what to do."""

    code = "wrong_schema"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str, to: str = "head") -> None:
    """Bring the database at `url` to the newest schema, or to `to`."""
    refuse_newer(url)
    command.upgrade(_config(url), to)


def downgrade(url: str, to: str = "base") -> None:
    """Take the database at `url` back to `to`."""
    command.downgrade(_config(url), to)


def newest() -> str:
    """The version that this code works with."""
    return _head_of(MIGRATIONS)


@cache
def _head_of(folder: Path) -> str:
    # read once: every migration is compiled for it, and none comes while a program runs
    head = ScriptDirectory(str(folder)).get_current_head()
    assert head is not None, "there is always a first migration"
    return head


def version_of(engine: Engine) -> str | None:
    """The version that the database is at; None if it is empty. Waits for no writer."""
    with engine.connect().execution_options(readonly=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def refuse_newer(url: str) -> None:
    """Raise WrongSchema when the database was made by code newer than this."""
    engine = sa.create_engine(url, hide_parameters=True)
    try:
        version = version_of(engine)
    finally:
        engine.dispose()
    if version is not None and not knows(version):
        raise WrongSchema(_newer(version))


def knows(version: str) -> bool:
    """Whether this code has the migration that made a database of that version."""
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return any(script.revision == version for script in scripts)


def check(engine: Engine) -> None:
    """Raise WrongSchema unless the database is whole and at the version of this code."""
    refuse_unfinished(engine)
    check_version(engine)


def check_version(engine: Engine) -> None:
    """The same of a database that is being restored."""
    version, wanted = version_of(engine), newest()
    if version == wanted:
        return
    if version is None or knows(version):
        raise WrongSchema(
            f"The database is at version {version or 'none'}, the program needs {wanted}: "
            "run flask upgrade."
        )
    raise WrongSchema(_newer(version))


def begin_restore(connection: sa.Connection, file: str) -> None:
    """Note that nothing may use the database before a restore of `file` has come to its end."""
    end_restore(connection)
    connection.exec_driver_sql(f"CREATE TABLE {UNFINISHED} (file TEXT NOT NULL)")
    note = sa.table(UNFINISHED, sa.column("file", sa.Text))
    connection.execute(sa.insert(note), {"file": file})


def end_restore(connection: sa.Connection) -> None:
    """The records are there: what `begin_restore` noted is gone with the same commit."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {UNFINISHED}")


def unfinished_restore(engine: Engine) -> str | None:
    """The file of which a restore has begun and not ended."""
    with engine.connect().execution_options(readonly=True) as connection:
        if not sa.inspect(connection).has_table(UNFINISHED):
            return None
        asked = sa.select(sa.column("file", sa.Text)).select_from(sa.table(UNFINISHED))
        return connection.scalar(asked)


def refuse_unfinished(engine: Engine) -> None:
    """Raise WrongSchema where a restore broke off, or is at work still."""
    if (file := unfinished_restore(engine)) is not None:
        raise WrongSchema(
            f"A restore of {file} has not ended: the records are not here, and nobody is"
            " reminded of anything. If it broke off, run flask restore with that file again."
            ' What was here before, if anything, is beside it in the folder "replaced".'
        )


def _newer(version: str) -> str:
    return (
        f"The database is at version {version}, unknown to this program: it was made by "
        "a newer one. Start that one; going on with this one could lose data."
    )
