"""The site that `mailbot init` makes: commented files that load as they are, a key, and places for the passwords."""

import os
import secrets
from importlib import resources
from pathlib import Path

from mailbot.policy import FOLDER, KINDS
from mailbot.settings import rules
from mailbot.settings.faults import AGENTS, MAIN, SettingsError
from mailbot.settings.secret import KEY_OCTETS

_PRIVATE = 0o600
_GROUP = 0o640
_SHARED = 0o644
_PASSWORDS = ("smtp", "support")
_TABLES = ("accounts.csv", "addresses.csv", "services.csv")


def begin(directory: Path) -> tuple[str, ...]:
    """The names of the files it wrote, below the folder; what stood there before is left as it was.

    Raises SettingsError where there is a site already, OSError where the folder cannot be written.
    """
    if os.path.lexists(directory / MAIN):
        raise SettingsError((f"{directory} has a {MAIN} already: choose another folder, or edit that file",))
    if directory.exists() and not directory.is_dir():
        raise SettingsError((f"{directory} is not a folder",))
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "secrets").mkdir(mode=0o700, exist_ok=True)
    for folder in ("register", *(f"{FOLDER}/{kind}" for kind in KINDS)):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    files = [
        *((f"secrets/{name}", b"", _PRIVATE) for name in _PASSWORDS),
        ("mailbot.key", f"{secrets.token_hex(KEY_OCTETS)}\n".encode(), _PRIVATE),
        *((f"register/{name}", shipped(name), _SHARED) for name in _TABLES),
        *((f"{FOLDER}/{name}", content, _SHARED) for name, content in rules.shipped().items()),
        (".gitignore", shipped("gitignore"), _SHARED),
        (AGENTS, shipped(AGENTS), _SHARED),
        # Last: a site begun and not finished can be begun again.
        (MAIN, shipped(MAIN), _GROUP),
    ]
    return tuple(name for name, content, mode in files if _written(directory / name, content, mode))


def shipped(name: str) -> bytes:
    return resources.files("mailbot.settings").joinpath("site", name).read_bytes()


def _written(path: Path, content: bytes, mode: int) -> bool:
    """False where there is something of that name, a dangling link included."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    return True
