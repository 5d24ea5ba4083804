"""The secrets that the sections refer to: all of them, or every reason why not."""

from dataclasses import dataclass
from typing import TypeVar

from mailbot.settings import database, keys
from mailbot.settings.faults import MAIN, Fault
from mailbot.settings.secret import (
    PASSWORDS,
    References,
    Refused,
    Vault,
    from_credential,
    from_environment,
    from_file,
    password,
    signing_key,
)
from mailbot.settings.sections import Written

_MISSING = "the password is missing: write password_file, password_credential, password_env or password"


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unlocked:
    """`mailboxes` are passwords in the order of the sections."""

    database: str
    key: bytes
    smtp: str
    mailboxes: tuple[str, ...]


def unlock(written: Written, vault: Vault, offline: bool) -> tuple[Unlocked | None, tuple[Fault, ...]]:
    """None where a section is missing or a secret refused. `offline`: the servers' passwords are "", unasked."""
    faults: list[Fault] = []
    url = _taken(database.url(written.database, vault), ("database",), faults) if written.database else None
    key = _taken(_key(written.security, vault), ("security",), faults) if written.security else None
    smtp = "" if offline else _smtp(written.smtp, vault, faults)
    paths = (("mailboxes", box.name, "imap") for box in written.boxes)
    boxes = zip(paths, written.boxes, strict=True)
    mailboxes = [None if offline else _login(box.imap, path, vault, faults) for path, box in boxes]
    if url is None or key is None or faults:
        return None, tuple(faults)
    return Unlocked(url, key, smtp or "", tuple(secret or "" for secret in mailboxes)), ()


def _key(section: keys.Security, vault: Vault) -> bytes | Refused:
    given = [key for key in ("key_file", "key_credential", "key_env") if key in section.model_fields_set]
    if len(given) > 1:
        return Refused(given[1], f"stands beside {given[0]}: keep one of them")
    if section.key_env is not None:
        return signing_key(from_environment("key_env", section.key_env, vault), "key_env")
    if section.key_credential is not None:
        return signing_key(from_credential("key_credential", section.key_credential, vault), "key_credential")
    return signing_key(from_file("key_file", section.key_file, vault), "key_file")


def _smtp(section: keys.Smtp | None, vault: Vault, faults: list[Fault]) -> str | None:
    if section is None:
        return None
    if section.username:
        return _login(section, ("smtp",), vault, faults)
    if any(getattr(section, key) is not None for key in PASSWORDS):
        faults.append(Fault(MAIN, ("smtp",), ("username",), "is empty, but a password is given: name both or neither"))
    return ""


def _login(section: References, path: tuple[str, ...], vault: Vault, faults: list[Fault]) -> str | None:
    secret = password(section, vault)
    if secret is None:
        faults.append(Fault(MAIN, path, (), _MISSING))
        return None
    return _taken(secret, path, faults)


def _taken(value: T | Refused, path: tuple[str, ...], faults: list[Fault]) -> T | None:
    if isinstance(value, Refused):
        faults.append(Fault(MAIN, path, (value.key,), value.says))
        return None
    return value
