"""One CSV file of the register: its rows in the order of our columns, and what is wrong with it, line by line."""

import csv
import difflib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# A million rows fit.
LARGEST = 64 * 1024 * 1024
LONGEST = 200

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` is 0 where the whole file is meant."""

    file: str
    line: int
    says: str

    @property
    def sentence(self) -> str:
        return f"{self.file}:{self.line}: {self.says}" if self.line else f"{self.file}: {self.says}"


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is where the row begins."""

    line: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A row with a fault is left out."""

    name: str
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def read(path: Path, columns: Sequence[str]) -> Table:
    """The columns may stand in any order, separated by commas or, where the header says so, by semicolons."""
    text = _text(path)
    if isinstance(text, Fault):
        return Table(path.name, (), (text,))
    records = _records(text)
    header = next(records, _Record(1, (), ""))
    wrong = tuple(Fault(path.name, 1, says) for says in _header_faults(header, columns))
    if wrong:
        return Table(path.name, (), wrong)
    names = [name.strip() for name in header.values]
    places = [names.index(column) for column in columns]
    rows: list[Row] = []
    faults: list[Fault] = []
    for record in records:
        if says := record.broken or _record_fault(record.values, len(columns)):
            faults.append(Fault(path.name, record.line, says))
        else:
            rows.append(Row(record.line, tuple(record.values[place].strip() for place in places)))
    return Table(path.name, tuple(rows), tuple(faults))


def shown(value: str) -> str:
    """A value as it may stand in a sentence: quoted, short, on one printable line."""
    line = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value)
    return f'"{line}"' if len(line) <= 60 else f'"{line[:57]}…"'


def _text(path: Path) -> str | Fault:
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except FileNotFoundError:
        return Fault(path.name, 0, f"there is no such file in {path.parent}")
    except OSError as error:
        return Fault(path.name, 0, f"cannot be read: {error.strerror or error}")
    if len(raw) > LARGEST:
        return Fault(path.name, 0, f"is larger than {LARGEST // 1024**2} MiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Fault(path.name, line, "is not UTF-8: export the file in that encoding")


@dataclass(frozen=True, slots=True)
class _Record:
    """`broken` says why the CSV ends here, else ""."""

    line: int
    values: Sequence[str]
    broken: str


def _records(text: str) -> Iterator[_Record]:
    """Without the empty lines. A quoted value may hold line breaks, so a record can be longer than its line."""
    header = text.partition("\n")[0]
    delimiter = ";" if ";" in header and "," not in header else ","
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = records.line_num + 1
        try:
            values = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Record(line, (), f"is not CSV: {error} (is a quotation mark left open?)")
            return
        if values:
            yield _Record(line, values, "")


def _header_faults(header: _Record, columns: Sequence[str]) -> Iterator[str]:
    if header.broken:
        yield header.broken
        return
    names = [name.strip() for name in header.values]
    missing = [column for column in columns if column not in names]
    unknown = [name for name in names if name not in columns]
    for name in unknown:
        close = difflib.get_close_matches(name.lower(), missing, 1)
        yield f"unknown column {shown(name)}" + (f"; did you mean {close[0]}?" if close else "")
    for name in columns:
        if names.count(name) > 1:
            yield f"column {name} stands twice"
    if missing:
        yield f"missing: {', '.join(missing)}; the header line names {','.join(columns)}"


def _record_fault(values: Sequence[str], count: int) -> str:
    if len(values) != count:
        have = f"{len(values)} value{'s' if len(values) != 1 else ''}"
        return f"has {have} for {count} columns (a value that holds the separator stands in quotes)"
    for value in values:
        if _CONTROL.search(value.strip()):
            return f"{shown(value)} holds a control character or a line break (is a quotation mark left open?)"
        if len(value) > LONGEST:
            return f"{shown(value)} is longer than {LONGEST} characters"
    return ""
