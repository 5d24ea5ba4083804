"""From a backup to a site again, as it was, with all that may have happened since in doubt.

Nobody is answered twice, and nothing is lost: mail that came in after the backup is taken in anew and gets the numbers
that it had, for a cause follows from the mail and its place; what would go to customers is withheld, for it may have
gone out.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from mailbot.decide.restored import MAY_HAVE_GONE
from mailbot.settings import MAIN
from mailbot.settings.references import database_url, with_database
from mailbot.store import alarms, schema, snapshot
from mailbot.store.engine import Database, connect, insist_on_durability
from mailbot.work import archive
from mailbot.work.archive import DATABASE, SITE, Manifest
from mailbot.work.backup import examined, naming, persist, workshop
from mailbot.work.desk import Refused
from mailbot.work.measures import at
from mailbot.work.transactions import change, look, look_at_one_moment


@dataclass(frozen=True, slots=True)
class Restored:
    """`url` is the database's, without its password; `withheld` counts the mails that waited to be sent."""

    manifest: Manifest
    url: str
    withheld: int


def restore(
    file: Path, directory: Path, environ: Mapping[str, str], *, now: datetime, until: datetime, url: str = ""
) -> Restored:
    """A whole site, or nothing. What came in before `until` may have been answered by the database that was lost.

    `url` takes the place of that in mailbot.toml. Raises Refused, SettingsError, DatabaseError, DBAPIError or OSError.
    """
    manifest = archive.read(file)
    _insist_on_past(file, manifest, now, until)
    with naming(directory), _all_or_nothing() as undo:
        _make(directory, undo)
        with workshop(directory) as folder:
            archive.unpack(file, manifest, folder)
            _insist_on_content(file, manifest, folder / DATABASE)
            if url:
                _rewrite(folder / SITE / MAIN, url)
            database = connect(database_url(folder / SITE / MAIN, directory, environ))
            undo.callback(database.engine.dispose)
            names = [one.name.removeprefix(SITE) for one in manifest.entries if one.name.startswith(SITE)]
            _insist_on_room(directory, names, database)
            _insist_on_folder(directory, database)
            withheld = _begin_anew(folder / DATABASE, manifest.made_at, now, until)
            # What a database of PostgreSQL was given is not taken back, so whatever else may fail goes first.
            for name in names:
                if name != MAIN:
                    _place(folder / SITE / name, directory / name, undo)
            _fill(database, folder / DATABASE, undo)
            # Last of all what makes it a site: until then no command works here.
            _place(folder / SITE / MAIN, directory / MAIN, undo)
        persist(directory)
    return Restored(manifest, database.engine.url.render_as_string(hide_password=True), withheld)


def _insist_on_past(file: Path, manifest: Manifest, now: datetime, until: datetime) -> None:
    if manifest.schema not in schema.revisions():
        made = f"{manifest.version}, schema {manifest.schema}"
        raise Refused(f"{file} was made by a newer mailbot ({made}): restore it with that version.")
    made_at = at(manifest.made_at)
    if now < manifest.made_at:
        raise Refused(f"{file} was made at {made_at}, which is yet to come: set this machine's clock right.")
    if until < manifest.made_at:
        raise Refused(f"The robot still worked at {made_at}, for {file} was made then: name a later time.")


@contextmanager
def _all_or_nothing() -> Iterator[ExitStack]:
    """What is called back where it fails."""
    with ExitStack() as undo:
        yield undo
        undo.pop_all()


def _make(folder: Path, undo: ExitStack) -> None:
    """And the folders that it is in."""
    missing = [path for path in (folder, *folder.parents) if not path.is_dir()]
    for path in reversed(missing):
        if os.path.lexists(path):
            raise Refused(f"{path} is not a folder.")
        path.mkdir()
        undo.callback(path.rmdir)


def _insist_on_content(file: Path, manifest: Manifest, database: Path) -> None:
    found = examined(database, manifest.made_at)
    if (found.schema, dict(found.rows)) != (manifest.schema, dict(manifest.rows)):
        raise Refused(f"{file} is damaged: its database does not hold what its manifest says.")


def _rewrite(main: Path, url: str) -> None:
    text = main.read_text(encoding="utf-8-sig")
    main.write_text(with_database(text, url), encoding="utf-8")


def _insist_on_room(directory: Path, names: Sequence[str], database: Database) -> None:
    """Nothing that is there is ever replaced."""
    wanted = [directory / name for name in names] + _sqlite_files(database)
    if taken := [path for path in wanted if os.path.lexists(path)]:
        raise Refused(f"{taken[0]} is there already: a restore replaces nothing; name another folder.")
    if not database.is_sqlite and not look(database, schema.is_empty):
        shown = database.engine.url.render_as_string(hide_password=True)
        raise Refused(f"{shown} is not empty: a restore replaces nothing; name an empty database by --database.")


def _insist_on_folder(directory: Path, database: Database) -> None:
    """What is outside the site may be a disk that is not there yet."""
    folder = database.file.parent if database.file else directory
    if not folder.is_relative_to(directory.absolute()) and not folder.is_dir():
        raise Refused(f"There is no folder {folder} for the database: make it, or name another.")


def _sqlite_files(database: Database) -> list[Path]:
    return [Path(f"{database.file}{suffix}") for suffix in ("", "-wal", "-shm")] if database.file else []


def _begin_anew(file: Path, made_at: datetime, now: datetime, until: datetime) -> int:
    database = connect(f"sqlite:///{file}")
    sentence = (
        f"Restored on {at(now)} from the backup of {at(made_at)}: mail to customers that may have gone out"
        f" since is withheld, and so is what answers mail that came in before {at(until)}. See `mailbot outgoing"
        " list --status withheld`, and send what did not go out with `mailbot outgoing retry`."
    )

    def work(conn: Connection) -> int:
        schema.upgrade(conn)
        alarms.raise_alarm(conn, f"restored:{now.isoformat()}", sentence, now)
        return snapshot.begin_anew(conn, until, MAY_HAVE_GONE)

    try:
        return change(database, work)
    finally:
        # The last to leave writes the log into the file.
        database.engine.dispose()


def _fill(database: Database, file: Path, undo: ExitStack) -> None:
    if database.is_sqlite:
        _place(file, _sqlite_files(database)[0], undo)
        return
    source = connect(f"sqlite:///{file}")

    def work(conn: Connection) -> None:
        schema.upgrade(conn)
        insist_on_durability(conn)
        look_at_one_moment(source, lambda kept: snapshot.copy(kept, conn))

    try:
        change(database, work)
    finally:
        source.engine.dispose()
        database.engine.dispose()


def _place(source: Path, target: Path, undo: ExitStack) -> None:
    """Durable, with the mode that it has, and only where nothing is."""
    _make(target.parent, undo)
    mode = source.stat().st_mode & 0o777
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with source.open("rb") as kept, os.fdopen(descriptor, "wb") as placed:
        undo.callback(target.unlink, missing_ok=True)
        shutil.copyfileobj(kept, placed)
        placed.flush()
        os.fsync(placed.fileno())
