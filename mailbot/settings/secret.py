"""Secrets by reference: from the environment, a credential of the service, or a file that others cannot read."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mailbot.written.faults import shown

# A password or key is a line; what is larger is another file.
_LARGEST = 64 * 1024
KEY_OCTETS = 32
_FORMS = ("", "_env", "_credential", "_file")
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


def readable_by_others(path: Path) -> bool:
    """By every user of the machine; a group is the operator's own choice."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def forms(section: object, name: str) -> tuple[str, ...]:
    """The keys by which the section refers to the secret of that name: NAME, NAME_env, NAME_credential, NAME_file."""
    return tuple(f"{name}{form}" for form in _FORMS if getattr(section, f"{name}{form}") is not None)


def secret(section: object, name: str, vault: Vault) -> str | Refused | None:
    """What the section refers to, None where it refers to none."""
    given = forms(section, name)
    if len(given) > 1:
        return Refused(given[1], f"stands beside {given[0]}: keep one of them")
    for key in given:
        value: str = getattr(section, key)
        match key.removeprefix(name):
            case "_env":
                return from_environment(key, value, vault)
            case "_credential":
                return from_credential(key, value, vault)
            case "_file":
                return from_file(key, value, vault)
            case _:
                return _inline(key, value, vault)
    return None


def _inline(key: str, value: str, vault: Vault) -> str | Refused:
    what = f"the {key.replace('_', ' ')}"
    if vault.open:
        others = f"other users can read {what} in this file"
        return Refused(key, f"{others}: `chmod o= mailbot.toml`, or use {key}_file or {key}_env")
    return _plain(key, what, value)


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
        file = f"{key.removesuffix('_credential')}_file"
        return Refused(key, f"{shown(name)} is no credential's name, which has no slash: a file goes into {file}")
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
