"""What mailbot.toml refers to and does not hold: for who takes a site elsewhere. Nothing referred to is opened."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from mailbot.settings import database, file, sections
from mailbot.settings.faults import MAIN, SettingsError
from mailbot.settings.secret import Refused, Vault, readable_by_others
from mailbot.written.faults import Fault
from mailbot.written.file import File, parsed

_SECRETS = ("password", "client_secret", "refresh_token")
_KEY_FILE = "mailbot.key"
_ADVICE = "`mailbot init DIR` makes a site, --site DIR or $MAILBOT_SITE names one"


@dataclass(frozen=True, slots=True)
class References:
    """Names of files as they are written, but for "./" and "//". `key` is None where the key comes from elsewhere.

    `elsewhere` are secrets in words: those from the environment and the service's credentials. `inline`: mailbot.toml
    holds a secret itself.
    """

    certificates: tuple[str, ...]
    key: str | None
    secrets: tuple[str, ...]
    elsewhere: tuple[str, ...]
    inline: bool


def references(main: Path) -> References:
    """Of that mailbot.toml. Raises SettingsError."""
    named = tuple(_named(_read(main).table))
    keys = {key for section, key, _ in named if section == "security"}
    elsewhere = {"key_env", "key_credential"} & keys
    key = next((value for _, key, value in named if key == "key_file"), None if elsewhere else _KEY_FILE)
    known = ("ca_file", "key_file")
    return References(
        certificates=_plainly(value for _, key, value in named if key == "ca_file"),
        key=key and str(PurePosixPath(key)),
        secrets=_plainly(value for _, key, value in named if key.endswith("_file") and key not in known),
        elsewhere=_each(_words(section, key, value) for section, key, value in named if _is_elsewhere(key)),
        inline=any(key in _SECRETS or (key == "url" and _has_password(value)) for _, key, value in named),
    )


def database_url(main: Path, directory: Path, environ: Mapping[str, str]) -> str:
    """As that mailbot.toml names the database once it stands in `directory`. Raises SettingsError.

    The folder of a SQLite file need not be there. A password in a file beside that mailbot.toml is taken from there.
    """
    read = _read(main)
    written, faults = sections.read(read, None)
    if not written.database:
        raise SettingsError(tuple(read.sentence(fault) for fault in faults if fault.section == ("database",)))
    password = written.database.password_file
    place = main.parent if password and (main.parent / password).is_file() else directory
    url = database.url(written.database, Vault(place, environ, readable_by_others(main)))
    if isinstance(url, Refused):
        raise SettingsError((read.sentence(Fault(MAIN, ("database",), (url.key,), url.says)),))
    return url


def _read(main: Path) -> File:
    read = file.read(main, _ADVICE)
    if isinstance(read, str):
        raise SettingsError((read,))
    return read


def _named(table: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """(section, key, value) of every text in the file."""
    waiting: list[tuple[str, Mapping[str, object]]] = [("", table)]
    while waiting:
        section, entries = waiting.pop(0)
        for key, value in entries.items():
            if isinstance(value, Mapping):
                waiting.append((f"{section}.{key}".strip("."), value))
            elif isinstance(value, str):
                yield section, key, value


def _is_elsewhere(key: str) -> bool:
    return key.endswith(("_env", "_credential"))


def _words(section: str, key: str, value: str) -> str:
    what, _, way = key.rpartition("_")
    return f"the {what.replace('_', ' ')} of [{section}] ({'$' if way == 'env' else 'credential '}{value})"


def _has_password(url: str) -> bool:
    try:
        return urlsplit(url).password is not None
    except ValueError:
        return False


def _each(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _plainly(names: Iterator[str]) -> tuple[str, ...]:
    """./a and a are one file, and so are a//b and a/b."""
    return _each(str(PurePosixPath(name)) for name in names)


def with_database(text: str, url: str) -> str:
    """That mailbot.toml with another URL in [database] and all else as it was. Raises SettingsError."""
    read, lines = _parsed(text), text.split("\n")
    # A JSON text of plain characters is a TOML string as well.
    line = f"url = {json.dumps(url, ensure_ascii=False)}"
    if place := read.lines.get(("database", "url")):
        lines[place - 1] = line
    elif header := read.lines.get(("database",)):
        lines.insert(header, line)
    else:
        lines += ["[database]", line, ""]
    changed = parsed(MAIN, "\n".join(lines))
    section = read.table.get("database", {})
    wanted = {**read.table, "database": {**(section if isinstance(section, Mapping) else {}), "url": url}}
    if not isinstance(changed, File) or changed.table != wanted:
        raise SettingsError((f"{MAIN}: [database] url stands there in a form that is not changed for you",))
    return "\n".join(lines)


def _parsed(text: str) -> File:
    read = parsed(MAIN, text)
    if isinstance(read, str):
        raise SettingsError((read,))
    return read
