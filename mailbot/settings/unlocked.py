"""The secrets that the sections refer to: all of them, or every reason why not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from mailbot.settings import database, keys
from mailbot.settings.faults import MAIN
from mailbot.settings.secret import (
    Refused,
    Vault,
    forms,
    from_credential,
    from_environment,
    from_file,
    secret,
    signing_key,
)
from mailbot.settings.sections import Written
from mailbot.written.faults import Fault

_MISSING = "the password is missing: write password_file, password_credential, password_env, password or oauth2"

T = TypeVar("T")
Path: TypeAlias = tuple[str, ...]

RELAY: Path = ("smtp",)


def mailbox(name: str) -> Path:
    return "mailboxes", name, "imap"


@dataclass(frozen=True, slots=True)
class Login:
    """What proves to one server who we are: a password, or what `oauth2` refers to."""

    password: str = ""
    client_secret: str = ""
    refresh_token: str = ""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """`mailboxes` are in the order of the sections."""

    database: str
    key: bytes
    smtp: Login
    mailboxes: tuple[Login, ...]


def unlock(written: Written, vault: Vault, needed: Callable[[Path], bool]) -> tuple[Unlocked | None, tuple[Fault, ...]]:
    """None where a section is missing or a secret refused. Secrets of servers that are not `needed` are "", unasked."""
    faults: list[Fault] = []
    url = _taken(database.standing(written.database, vault), ("database",), faults) if written.database else None
    key = _taken(_key(written.security, vault), ("security",), faults) if written.security else None
    smtp = _smtp(written.smtp, vault, faults) if needed(RELAY) else Login()
    boxes = ((mailbox(box.name), box.imap) for box in written.boxes)
    mailboxes = [_login(imap, path, vault, faults) if needed(path) else Login() for path, imap in boxes]
    if url is None or key is None or faults:
        return None, tuple(faults)
    return Unlocked(url, key, smtp, tuple(mailboxes)), ()


def _key(section: keys.Security, vault: Vault) -> bytes | Refused:
    given = [key for key in ("key_file", "key_credential", "key_env") if key in section.model_fields_set]
    if len(given) > 1:
        return Refused(given[1], f"stands beside {given[0]}: keep one of them")
    if section.key_env is not None:
        return signing_key(from_environment("key_env", section.key_env, vault), "key_env")
    if section.key_credential is not None:
        return signing_key(from_credential("key_credential", section.key_credential, vault), "key_credential")
    return signing_key(from_file("key_file", section.key_file, vault), "key_file")


def _smtp(section: keys.Smtp | None, vault: Vault, faults: list[Fault]) -> Login:
    if section is None:
        return Login()
    if section.username:
        return _login(section, RELAY, vault, faults)
    given = "oauth2" if section.oauth2 else "a password" if forms(section, "password") else ""
    if given:
        faults.append(Fault(MAIN, RELAY, ("username",), f"is empty, but {given} is given: name both or neither"))
    return Login()


def _login(section: keys.Smtp | keys.Imap, path: Path, vault: Vault, faults: list[Fault]) -> Login:
    if section.oauth2 is None:
        password = secret(section, "password", vault)
        if password is None:
            faults.append(Fault(MAIN, path, (), _MISSING))
        return Login(password=_taken(password, path, faults) or "")
    if forms(section, "password"):
        faults.append(Fault(MAIN, path, ("oauth2",), "stands beside a password: keep one of them"))
    # A client need not have a secret (RFC 6749 section 2.1).
    client_secret, refresh_token = (
        _taken(secret(section.oauth2, name, vault), path, faults, "oauth2") or ""
        for name in ("client_secret", "refresh_token")
    )
    return Login(client_secret=client_secret, refresh_token=refresh_token)


def _taken(value: T | Refused | None, path: Path, faults: list[Fault], *within: str) -> T | None:
    if isinstance(value, Refused):
        faults.append(Fault(MAIN, path, (*within, value.key), value.says))
        return None
    return value
