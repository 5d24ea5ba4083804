"""A backup is one zip file: a manifest, the database as a SQLite file, the site's files. What it says is checked."""

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from mailbot.work.desk import Refused

FORMAT = 1
DATABASE = "mailbot.db"
SITE = "site/"
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 16 * 1024 * 1024
_BLOCK = 1024 * 1024
# Most of it is compressed already.
_LEVEL = 1
# Of any other Python unpacks a whole block at once, which may become a thousand times as large, or more.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, KeyError, OverflowError),
)
# Names of which one is a file and the other a folder, or that stand there twice.
_IN_THE_WAY = (FileExistsError, NotADirectoryError)


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    size: int
    sha256: str
    mode: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`version` and `schema` are those of the mailbot that made it; `rows` counts them by table.

    `left_out` says in words what the site needs beside what is inside.
    """

    format: int
    version: str
    schema: str
    made_at: datetime
    rows: tuple[tuple[str, int], ...]
    entries: tuple[Entry, ...]
    left_out: tuple[str, ...]

    def count(self, table: str) -> int:
        return dict(self.rows).get(table, 0)


def entry(name: str, path: Path) -> Entry:
    with path.open("rb") as stream:
        size, digest = _passed(stream, None)
    return Entry(name, size, digest, path.stat().st_mode & 0o777)


def write(target: Path, manifest: Manifest, files: Mapping[str, Path]) -> None:
    """Whole and durable at its end, and readable by its owner only. Raises OSError."""
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w+b") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), default=datetime.isoformat, indent=1))
            for name, path in files.items():
                with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as sink:
                    shutil.copyfileobj(source, sink, _BLOCK)
        stream.flush()
        os.fsync(stream.fileno())


def read(path: Path) -> Manifest:
    """Raises Refused where it is no whole backup that this mailbot understands, OSError where it cannot be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            if not {info.compress_type for info in archive.infolist()} <= _METHODS:
                raise ValueError("packed by a method that we do not use")
            manifest = _manifest(archive, path)
            names = {info.filename: info.file_size for info in archive.infolist()}
    except _UNREADABLE:
        raise Refused(f"{path} is no backup of mailbot, or not the whole of one: its end may be missing.") from None
    if names.keys() - {_MANIFEST} != {one.name for one in manifest.entries} or DATABASE not in names:
        raise Refused(f"{path} is damaged: it does not hold what its manifest says.")
    return manifest


def unpack(path: Path, manifest: Manifest, folder: Path) -> None:
    """Each file as it was put in, below `folder`. Raises Refused where one is not."""
    with zipfile.ZipFile(path) as archive:
        for one in manifest.entries:
            target = folder / one.name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(one.name) as source, target.open("xb") as sink:
                    same = _passed(source, sink, one.size) == (one.size, one.sha256)
            except (*_UNREADABLE, *_IN_THE_WAY):
                same = False
            if not same:
                raise Refused(f"{path} is damaged: {one.name} is not what was put in.")
            target.chmod(one.mode)


def insist_on_whole(path: Path, manifest: Manifest) -> None:
    """Reads back what was written. Raises Refused."""
    with zipfile.ZipFile(path) as archive:
        for one in manifest.entries:
            with archive.open(one.name) as source:
                if _passed(source, None) != (one.size, one.sha256):
                    raise Refused(f"{path} was not written as it should be: {one.name} differs; is the disk sound?")


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    """Raises what _UNREADABLE names, or Refused."""
    if archive.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
        raise ValueError("no manifest is so large")
    said = json.loads(archive.read(_MANIFEST))
    try:
        if int(said["format"]) > FORMAT:
            version = str(said["version"])[:20]
            raise Refused(f"{path} was made by a newer mailbot ({version}): restore it with that version.")
        entries = tuple(
            Entry(_sound(str(one["name"])), int(one["size"]), str(one["sha256"]), int(one["mode"]) & 0o777)
            for one in said["entries"]
        )
        return Manifest(
            format=int(said["format"]),
            version=str(said["version"]),
            schema=str(said["schema"]),
            made_at=_in_utc(datetime.fromisoformat(said["made_at"])),
            rows=tuple((str(table), int(count)) for table, count in said["rows"]),
            entries=entries,
            left_out=tuple(map(str, said["left_out"])),
        )
    except (TypeError, AttributeError) as error:
        raise ValueError("no manifest of ours") from error


def _in_utc(when: datetime) -> datetime:
    """Raises ValueError or OverflowError."""
    if when.tzinfo is None:
        raise ValueError("a time without a zone")
    return when.astimezone(UTC)


def _sound(name: str) -> str:
    """Raises ValueError for a name that would lead out of the folder."""
    path = PurePosixPath(name)
    inside = name == DATABASE or (name.startswith(SITE) and len(path.parts) > 1)
    if not inside or ".." in path.parts or str(path) != name or "\0" in name:
        raise ValueError("a name that leads elsewhere")
    return name


def _passed(source: IO[bytes], sink: IO[bytes] | None, most: int | None = None) -> tuple[int, str]:
    """Size and digest of what passed; no more than one block beyond `most`."""
    digest, size = hashlib.sha256(), 0
    while (block := source.read(_BLOCK)) and (most is None or size <= most):
        digest.update(block)
        size += len(block)
        if sink:
            sink.write(block)
    return size, digest.hexdigest()
