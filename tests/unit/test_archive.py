"""An archive is somebody's file until each word of it is checked."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.work import archive
from mailbot.work.archive import DATABASE, Entry, Manifest
from mailbot.work.desk import Refused

NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)
BYTES = b"octets " * 100


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A whole one, of a database and one file."""
    kept = tmp_path / "kept"
    kept.write_bytes(BYTES)
    names = (DATABASE, "site/agents.toml")
    entries = tuple(archive.entry(name, kept) for name in names)
    manifest = Manifest(archive.FORMAT, "0.1", "0001", NOW, (), entries, ())
    archive.write(tmp_path / "archive", manifest, dict.fromkeys(names, kept))
    return tmp_path / "archive"


def unpack(file: Path, folder: Path) -> tuple[Entry, ...]:
    manifest = archive.read(file)
    archive.unpack(file, manifest, folder)
    return manifest.entries


def rewritten(file: Path, change: Callable[[dict[str, object]], None], *names: str, method: int = 8) -> Path:
    """With another manifest, further names, and compressed by `method`."""
    other = file.with_name("rewritten")
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(other, "w", method) as target:
        manifest = json.loads(source.read("manifest.json"))
        change(manifest)
        target.writestr("manifest.json", json.dumps(manifest))
        for name in (DATABASE, "site/agents.toml", *names):
            target.writestr(name, BYTES)
    return other


def entry(name: str, like: dict[str, object]) -> dict[str, object]:
    entries = like["entries"]
    assert isinstance(entries, list)
    return {**entries[0], "name": name}


def test_what_went_in_comes_out(file: Path, tmp_path: Path) -> None:
    for one in unpack(file, tmp_path / "out"):
        assert (tmp_path / "out" / one.name).read_bytes() == BYTES


@pytest.mark.parametrize("changes", [{"format": float("inf")}, {"rows": [["box", float("inf")]]}])
def test_a_number_that_is_none_is_no_manifest(file: Path, changes: dict[str, object]) -> None:
    with pytest.raises(Refused, match="is no backup of mailbot"):
        archive.read(rewritten(file, lambda manifest: manifest.update(changes)))


def test_a_time_is_told_in_utc(file: Path) -> None:
    other = rewritten(file, lambda manifest: manifest.update(made_at="2026-03-10T10:00:00-05:00"))
    assert (archive.read(other).made_at, archive.read(other).made_at.tzinfo) == (NOW, UTC)


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_beyond_all_time_is_no_manifest(file: Path, when: str) -> None:
    with pytest.raises(Refused, match="is no backup of mailbot"):
        archive.read(rewritten(file, lambda manifest: manifest.update(made_at=when)))


@pytest.mark.parametrize("names", [("site/agents.toml",), ("site/a", "site/a/b")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_cannot_stand_side_by_side_are_damage(file: Path, tmp_path: Path, names: tuple[str, ...]) -> None:
    def add(manifest: dict[str, object]) -> None:
        manifest["entries"] += [entry(name, manifest) for name in names]  # type: ignore[operator]

    with pytest.raises(Refused, match=r"rewritten is damaged: site/a.* is not what was put in"):
        unpack(rewritten(file, add, *names), tmp_path / "out")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_unpacks_in_bounded_memory_is_unpacked(file: Path, method: int) -> None:
    """Python unpacks a whole block of these at once, which may become a thousand times as large, or more."""
    with pytest.raises(Refused, match="is no backup of mailbot"):
        archive.read(rewritten(file, lambda manifest: None, method=method))
