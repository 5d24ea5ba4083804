"""What was granted, kept in a file for mailbot's eyes only: whole after every crash, changed by one at a time."""

import contextlib
import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

from mailbot.oauth2.faults import SignInNeeded

_LOCK, _NEW = ".lock", ".new"
# What stands beside it, empty or for a moment: nothing to be kept.
BESIDE = (_LOCK, _NEW)
_LARGEST = 64 * 1024
_PRIVATE = 0o600
_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class Kept:
    """`client` tells by whom and for what it was granted. `used_at`: when the refresh token last served.

    `refused` is the error with which the server ended it. `seed` tells from which token of the operator's it grew.
    """

    client: str = ""
    access_token: str = field(default="", repr=False)
    access_token_expires: datetime | None = None
    refresh_token: str = field(default="", repr=False)
    refresh_token_expires: datetime | None = None
    used_at: datetime | None = None
    refused: str = ""
    refused_at: datetime | None = None
    seed: str = ""


def read(path: Path) -> Kept | None:
    """None where there is none. Raises SignInNeeded where it must not be used, ValueError where it is another file."""
    text = _text(path)
    if text is None:
        return None
    try:
        return _kept(json.loads(text))
    except (OverflowError, RecursionError) as error:
        raise ValueError from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """No other thread or process has it meanwhile; there is room for what is to be written. Raises OSError."""
    _make_folder(path.parent)
    with _opened(path, _LOCK) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _opened(path, _NEW) as new:
            # Before anybody is asked: a new refresh token that finds no place to stay is lost for good.
            os.posix_fallocate(new, 0, _LARGEST)
        try:
            yield
        finally:
            path.with_name(f"{path.name}{_NEW}").unlink(missing_ok=True)
            # To close it is not enough: a child forked meanwhile has it as well.
            fcntl.flock(lock, fcntl.LOCK_UN)


def write(path: Path, kept: Kept) -> None:
    """Only while it is locked. Raises OSError."""
    values = {one.name: getattr(kept, one.name) for one in fields(kept)}
    text = json.dumps({name: _written(value) for name, value in values.items() if value})
    with _opened(path, _NEW) as new:
        raw = text.encode()
        if os.pwrite(new, raw, 0) < len(raw):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.ftruncate(new, len(raw))
        os.fsync(new)
    path.with_name(f"{path.name}{_NEW}").replace(path)
    # There are file systems on which a folder cannot be flushed.
    with contextlib.suppress(OSError), _folder(path.parent) as folder:
        os.fsync(folder)


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> None:
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=_FOLDER)
        _give_to_owner(folder, folder.parent)


@contextlib.contextmanager
def _opened(path: Path, suffix: str) -> Iterator[int]:
    """The file beside it, made where there is none."""
    file = path.with_name(f"{path.name}{suffix}")
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE))
        _give_to_owner(file, path.parent.parent)
    descriptor = os.open(file, os.O_RDWR | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _give_to_owner(made: Path, site: Path) -> None:
    """What root just made: `sudo mailbot login` must leave nothing that the robot itself cannot read."""
    if os.geteuid() == 0:
        owner = site.stat()
        os.chown(made, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            raw = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        owner = "it must belong to the user that runs mailbot"
        raise SignInNeeded(f"{named(path)} cannot be read: {error.strerror}: {owner}") from None
    if mode & stat.S_IROTH:
        raise SignInNeeded(f"other users can read {named(path)}: `chmod o= {path}`")
    return raw.decode("utf-8", "replace")


def _kept(table: Mapping[str, object]) -> Kept:
    """Raises ValueError."""
    if not isinstance(table, dict):
        raise ValueError("no table")
    return Kept(
        client=_word(table, "client"),
        access_token=_word(table, "access_token"),
        access_token_expires=_time(table, "access_token_expires"),
        refresh_token=_word(table, "refresh_token"),
        refresh_token_expires=_time(table, "refresh_token_expires"),
        used_at=_time(table, "used_at"),
        refused=_word(table, "refused"),
        refused_at=_time(table, "refused_at"),
        seed=_word(table, "seed"),
    )


def _word(table: Mapping[str, object], name: str) -> str:
    value = table.get(name, "")
    if not isinstance(value, str) or not (value.isascii() and value.isprintable()):
        raise ValueError(name)
    return value


def _time(table: Mapping[str, object], name: str) -> datetime | None:
    text = _word(table, name)
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _written(value: datetime | str) -> str:
    return value.isoformat() if isinstance(value, datetime) else value


def named(path: Path) -> str:
    """As from the site's folder."""
    return f"{path.parent.name}/{path.name}"
