"""The database's URL: which kinds there are, where a SQLite file lies, and a password that stands apart."""

from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit

from mailbot.settings import keys
from mailbot.settings.secret import Refused, Vault, secret

_SQLITE = "sqlite:///"
_KINDS = "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"


def standing(section: keys.Database, vault: Vault) -> str | Refused:
    """As `url`, where the folder of a SQLite file is there."""
    found = url(section, vault)
    if isinstance(found, str) and found.startswith(_SQLITE):
        folder = Path(found.removeprefix(_SQLITE)).parent
        if not folder.is_dir():
            return Refused("url", f"there is no folder {folder} for the database")
    return found


def url(section: keys.Database, vault: Vault) -> str | Refused:
    """The URL as SQLAlchemy takes it: a SQLite file by its absolute path, a PostgreSQL password filled in."""
    password = secret(section, "password", vault)
    if isinstance(password, Refused):
        return password
    if section.url.startswith("sqlite:"):
        return _sqlite(section.url, vault.directory) if password is None else Refused("url", "SQLite has no password")
    try:
        parts = urlsplit(section.url)
        # urlsplit looks at the port only when it is asked for it.
        has_password, _ = parts.password is not None, parts.port
    except ValueError:
        return Refused("url", f"is not a URL: {_KINDS}")
    if parts.scheme != "postgresql+psycopg" or not parts.path.strip("/"):
        return Refused("url", f"is not a database that mailbot knows: {_KINDS}")
    if password is None:
        return _with_own_password(section.url, has_password, vault)
    return _filled(parts, password)


def _sqlite(written: str, directory: Path) -> str | Refused:
    name = written.removeprefix(_SQLITE)
    if name == written or name in ("", ":memory:"):
        return Refused("url", "names no file: write sqlite:///mailbot.db")
    path = (directory / name).absolute()
    if "?" in str(path):
        return Refused("url", f"a question mark cannot stand in the name of a SQLite file: {path}")
    return f"{_SQLITE}{path}"


def _with_own_password(written: str, has_password: bool, vault: Vault) -> str | Refused:
    if has_password and vault.open:
        others = "other users can read the password in this URL"
        return Refused("url", f"{others}: `chmod o= mailbot.toml`, or use password_file or password_env")
    return written


def _filled(parts: SplitResult, password: str) -> str | Refused:
    if parts.password is not None or not parts.username:
        return Refused("url", "must name a user, and no password, where the password comes from elsewhere")
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()
