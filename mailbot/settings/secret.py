"""Secrets by reference: from the environment, a credential of the service, or a file that others cannot read."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mailbot.settings.faults import shown

# A password or key is a line; what is larger is another file.
_LARGEST = 64 * 1024
KEY_OCTETS = 32
PASSWORDS = ("password", "password_env", "password_credential", "password_file")
# systemd.exec(5); in a container whoever mounts the secrets may set it as well.
_CREDENTIALS = "CREDENTIALS_DIRECTORY"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no secret; `key` is the one in the section that the fault belongs to."""

    key: str
    says: str


@dataclass(frozen=True, slots=True)
class Vault:
    """Where secrets may come from. `open` says that others can read mailbot.toml itself."""

    directory: Path
    environ: Mapping[str, str]
    open: bool


class References(Protocol):
    """The keys of a section by which a password may come."""

    @property
    def password(self) -> str | None: ...
    @property
    def password_env(self) -> str | None: ...
    @property
    def password_credential(self) -> str | None: ...
    @property
    def password_file(self) -> str | None: ...


def readable_by_others(path: Path) -> bool:
    """By every user of the machine; a group is the operator's own choice."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def password(section: References, vault: Vault) -> str | Refused | None:
    """The password that the section refers to, None where it refers to none."""
    given = [key for key in PASSWORDS if getattr(section, key) is not None]
    if len(given) > 1:
        return Refused(given[1], f"stands beside {given[0]}: keep one of them")
    if section.password is not None:
        return inline("password", section.password, vault)
    if section.password_env is not None:
        return from_environment("password_env", section.password_env, vault)
    if section.password_credential is not None:
        return from_credential("password_credential", section.password_credential, vault)
    if section.password_file is not None:
        return from_file("password_file", section.password_file, vault)
    return None


def inline(key: str, value: str, vault: Vault) -> str | Refused:
    if vault.open:
        others = "other users can read the password in this file"
        return Refused(key, f"{others}: `chmod o= mailbot.toml`, or use password_file or password_env")
    return _plain(key, "the password", value)


def from_environment(key: str, name: str, vault: Vault) -> str | Refused:
    value = vault.environ.get(name)
    if value is None:
        return Refused(key, f"the environment variable {name} is not set")
    return _plain(key, f"the environment variable {name}", value)


def from_credential(key: str, name: str, vault: Vault) -> str | Refused:
    """Who may read it is the business of whoever made the folder: the file's own mode says nothing."""
    folder = vault.environ.get(_CREDENTIALS)
    if not folder:
        shell = f"in a shell: {_CREDENTIALS}=/run/credentials/mailbot.service"
        return Refused(key, f"${_CREDENTIALS} is not set: systemd sets it in the unit; {shell}")
    if "/" in name or name in (".", ".."):
        return Refused(
            key, f"{shown(name)} is no credential's name, which has no slash: a file goes into password_file"
        )
    path = Path(folder) / name
    if not path.exists():
        return Refused(key, f"there is no credential {shown(name)} in {folder}: the unit's LoadCredential= brings it")
    return _read(key, shown(name), path)


def from_file(key: str, name: str, vault: Vault) -> str | Refused:
    path = vault.directory / name
    read = _read(key, shown(name), path)
    if isinstance(read, str) and readable_by_others(path):
        return Refused(key, f"other users can read {shown(name)}: `chmod o= {path}`")
    return read


def _read(key: str, name: str, path: Path) -> str | Refused:
    """The text of the file without the line break at its end."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except OSError as error:
        return Refused(key, f"{name} cannot be read: {error.strerror or error}")
    if len(raw) > _LARGEST:
        return Refused(key, f"{name} is too large to hold one secret")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return Refused(key, f"{name} is not UTF-8")
    return _plain(key, name, text.removesuffix("\n").removesuffix("\r"))


def signing_key(reference: str | Refused, key: str) -> bytes | Refused:
    if isinstance(reference, Refused):
        return reference
    try:
        octets = bytes.fromhex(reference)
    except ValueError:
        octets = b""
    if len(octets) < KEY_OCTETS:
        return Refused(key, f"holds no key: `mailbot init` writes one of {2 * KEY_OCTETS} hexadecimal digits")
    return octets


def _plain(key: str, what: str, value: str) -> str | Refused:
    """A control character would end a line of the login commands, and is in no password that a person set."""
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        return Refused(key, f"{what} holds a control character or a second line")
    return value
