"""The rules/ of a site, or the shipped ones where it has none, read once at start-up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mailbot import policy
from mailbot.model import Policy
from mailbot.policy import FOLDER, KINDS, LARGEST, MOST, PolicyErrors

# Inside the package in a wheel, beside it in a checkout.
_PLACES = (Path(__file__).parents[1] / "_rules", Path(__file__).parents[2] / FOLDER)
# What editors and systems leave behind.
_LEFT = (".", "#", "~")


@dataclass(frozen=True, slots=True)
class Rules:
    """`shipped` are the kinds of which the site has no file, so that the shipped ones serve."""

    policy: Policy
    shipped: tuple[str, ...]


NO_RULES = Rules(Policy(), ())


def load(directory: Path | None) -> Rules:
    """Of a site; without one all are the shipped ones. Raises PolicyErrors with every fault."""
    try:
        own, unreadable = _read(directory / FOLDER) if directory else ({}, ())
    except OSError as error:
        raise PolicyErrors((f"{error.filename}: cannot be read: {error.strerror}",)) from None
    missing = tuple(kind for kind in KINDS if not any(name.startswith(f"{kind}/") for name in own))
    files = {**{name: raw for name, raw in shipped().items() if name.partition("/")[0] in missing}, **own}
    try:
        read = policy.read(files)
    except PolicyErrors as error:
        raise PolicyErrors((*unreadable, *error.faults)) from None
    if unreadable:
        raise PolicyErrors(unreadable)
    return Rules(read, missing)


@cache
def shipped() -> Mapping[str, bytes]:
    """By their names below rules/."""
    folder = next(place for place in _PLACES if place.is_dir())
    return _read(folder)[0]


def _read(folder: Path) -> tuple[Mapping[str, bytes], tuple[str, ...]]:
    """And a sentence about each that cannot be read. Raises OSError where a folder cannot be listed."""
    files: dict[str, bytes] = {}
    unreadable: list[str] = []
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if len(files) + len(unreadable) > MOST:
            break
        try:
            files[name] = _octets(path, folder)
        except OSError as error:
            unreadable.append(f"{FOLDER}/{name}: cannot be read: {error.strerror or error}")
    return files, tuple(unreadable)


def _files(folder: Path) -> Iterator[Path]:
    """Two folders deep and no deeper: what lies below is said to lie too deep by its folder's name."""
    for path in _within(folder):
        if path.is_dir():
            yield from _within(path)
        else:
            yield path


def _within(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.name.startswith(_LEFT) and not path.name.endswith("~"))


def _octets(path: Path, folder: Path) -> bytes:
    """At most one octet more than a file may have. Raises OSError."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise OSError(f"it is a link that leads out of {FOLDER}/")
    if path.is_dir():
        raise OSError(f"it is a folder, and the files of {path.parent.name} lie in {FOLDER}/{path.parent.name} itself")
    if not path.is_file():
        raise OSError("it is no plain file")
    with path.open("rb") as stream:
        return stream.read(LARGEST + 1)
