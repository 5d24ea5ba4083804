"""A site and its database into one file, while daemons work; and what of the site is not in it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from sqlalchemy import Connection

from mailbot import __version__
from mailbot.oauth2 import token_file
from mailbot.settings import AGENTS, MAIN
from mailbot.settings.references import references
from mailbot.store import schema, snapshot
from mailbot.store.engine import Database, connect
from mailbot.work import archive
from mailbot.work.archive import DATABASE, SITE, Manifest
from mailbot.work.desk import Refused
from mailbot.work.transactions import change, look, look_at_one_moment

_FOLDERS = ("rules", "templates")
_TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class Content:
    """What a backup holds of a site: `names` below its folder, and in words what the site needs and is not inside."""

    names: tuple[str, ...]
    left_out: tuple[str, ...]
    key: bool
    passwords: bool


def content(directory: Path, *, secrets: bool) -> Content:
    """The key is inside wherever it is a file of the site: numbers and tags in the database follow from it.

    Raises SettingsError.
    """
    named = references(directory / MAIN)
    keys = (named.key,) if named.key else ()
    tokens = [name for name in _files(directory, _TOKENS) if not name.endswith(token_file.BESIDE)]
    wanted = [MAIN, AGENTS, *(name for folder in _FOLDERS for name in _files(directory, folder))]
    wanted += [*named.certificates, *keys, *((*named.secrets, *tokens) if secrets else ())]
    names = tuple(name for name in dict.fromkeys(wanted) if _is_of(directory, name))
    files = (name for name in (*keys, *named.secrets, *named.certificates) if name not in names)
    signed_in = (f"{_TOKENS}/",) if tokens and not secrets else ()
    passwords = named.inline or any(name in names for name in (*named.secrets, *tokens))
    return Content(names, (*files, *signed_in, *named.elsewhere), named.key in names, passwords)


def backup(database: Database, directory: Path, target: Path, what: Content, now: datetime) -> Manifest:
    """`target` appears whole or not at all. Raises Refused, DatabaseError or OSError."""
    if os.path.lexists(target):
        raise Refused(f"{target} is there already: name a new file, for a backup never replaces another.")
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent} for the backup.")
    with naming(target), workshop(target.parent) as folder:
        files = {DATABASE: folder / DATABASE}
        _write_database(database, files[DATABASE])
        # Before it is packed: who opens a SQLite file may write in it.
        manifest = examined(files[DATABASE], now)
        for name in what.names:
            files[SITE + name] = folder / SITE / name
            files[SITE + name].parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(directory / name, files[SITE + name])
        entries = tuple(archive.entry(name, path) for name, path in files.items())
        manifest = replace(manifest, entries=entries, left_out=what.left_out)
        archive.write(folder / "backup", manifest, files)
        archive.insist_on_whole(folder / "backup", archive.read(folder / "backup"))
        (folder / "backup").rename(target)
        persist(target.parent)
    return manifest


def examined(file: Path, made_at: datetime) -> Manifest:
    """Of a database in a file, and of no site. Raises Refused where it is damaged."""
    database = connect(f"sqlite:///{file}")

    def work(conn: Connection) -> Manifest:
        if damage := snapshot.damage(conn):
            raise Refused(f"The copy of the database is damaged: {damage}.")
        rows = tuple(snapshot.counts(conn).items())
        return Manifest(archive.FORMAT, __version__, schema.revision(conn) or "", made_at, rows, (), ())

    try:
        return look(database, work)
    finally:
        database.engine.dispose()


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """An OSError that says nothing of where, as those of open files do, says that it was there."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


@contextmanager
def workshop(beside: Path) -> Iterator[Path]:
    """A folder that nobody else may enter, on the file system where the result will be."""
    folder = Path(tempfile.mkdtemp(prefix=".mailbot-", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def persist(folder: Path) -> None:
    """A new name in it outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_database(database: Database, file: Path) -> None:
    """PostgreSQL as well becomes a SQLite file: it needs no program beside us, and goes back into either kind."""
    # SQLite would let others read it, as far as its folder does.
    file.touch(0o600)
    if database.is_sqlite:
        snapshot.write_file(database, file)
        return
    copied = connect(f"sqlite:///{file}")
    try:
        change(copied, schema.upgrade)
        look_at_one_moment(database, lambda source: change(copied, lambda conn: snapshot.copy(source, conn)))
    finally:
        # The last to leave writes the log into the file.
        copied.engine.dispose()


def _files(directory: Path, folder: str) -> list[str]:
    found = sorted(path for path in (directory / folder).rglob("*") if path.is_file())
    names = [path.relative_to(directory).as_posix() for path in found]
    if strange := [name for name in names if not _is_text(name)]:
        raise Refused(f"The name of {strange[0]} is not UTF-8, so no backup can hold it: rename it.")
    return names


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_of(directory: Path, name: str) -> bool:
    """Whether it is a file of the site's own folder."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and (directory / name).is_file()
