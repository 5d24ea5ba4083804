"""What a mail says in so many words: one module for each field, and its file name is the name of the field.

A module has `extract(text, reading)`, which yields what it Found in a subject or in a text, in linear time.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from itertools import islice
from pkgutil import iter_modules

from mailbot.model import Field, Part, PartKind, Reading

_MAX_TEXT = 256 * 1024
_MAX_FOUND = 2_000
_MAX_VALUES = 20

# What the author wrote now counts more than what stands under every letter of his, or what another once wrote.
_WEIGHT = {PartKind.NEW: 1.0, PartKind.SIGNATURE: 0.6, PartKind.QUOTED: 0.5}


@dataclass(frozen=True, slots=True)
class Found:
    """A canonical value, the code points of the text that it was read from, how, and how sure that is (0 to 1)."""

    value: str
    start: int
    end: int
    method: str
    confidence: float


Extract = Callable[[str, Reading], Iterable[Found]]


def extract(subject: str, text: str, parts: tuple[Part, ...], reading: Reading) -> tuple[Field, ...]:
    """The values of all fields, each once with its best quote, the surest of a field first and at most 20 of it."""
    fields: list[Field] = []
    for name, look in _extracts():
        found = [_field(name, one, "subject", subject, 1.0) for one in islice(look(subject, reading), _MAX_FOUND)]
        for one in islice(look(text[:_MAX_TEXT], reading), _MAX_FOUND):
            found.append(_field(name, one, "text", text, _weight(parts, one.start)))
        fields += _best(found)
    return tuple(fields)


@lru_cache(maxsize=1)
def _extracts() -> tuple[tuple[str, Extract], ...]:
    names = sorted(module.name for module in iter_modules(__path__))
    return tuple((name, import_module(f"{__name__}.{name}").extract) for name in names)


def _field(name: str, found: Found, source: str, text: str, weight: float) -> Field:
    quote = text[found.start : found.end]
    confidence = round(found.confidence * weight, 2)
    return Field(name, found.value, quote, source, found.start, found.end, found.method, confidence)


def _weight(parts: tuple[Part, ...], place: int) -> float:
    index = bisect_right(parts, place, key=lambda part: part.start) - 1
    return _WEIGHT[parts[index].kind] if index >= 0 else 1.0


def _best(found: list[Field]) -> list[Field]:
    found.sort(key=lambda field: -field.confidence)  # stable: of equals the subject's and then the upper one is first
    distinct: dict[str, Field] = {}
    for field in found:
        distinct.setdefault(field.value, field)
    return list(distinct.values())[:_MAX_VALUES]
