"""The demo's site: files like an operator's, with the post office's ports and passwords in them."""

import os
import secrets
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from string import Template

from mailbot.demo.border import AUTHSERV_ID, Border
from mailbot.demo.office import PEOPLE, Ports
from mailbot.settings import AGENTS, MAIN

_GROUND = resources.files("mailbot.demo").joinpath("ground")
_TABLES = ("accounts.csv", "addresses.csv", "services.csv")

# The customers of the register and the agents have mail servers in order; the rest of the world proves nothing.
BORDER = Border(
    mailboxes=tuple((key, f"{key}@nordet.example") for key in ("support", "business", "sac")),
    vouched=frozenset(
        {
            "boulangerie-tremblay.example",
            "harbourdental.example",
            "imprimeriedulac.example",
            "northgatebooks.example",
            "nordet.example",
        }
    ),
)


def passwords() -> Mapping[str, str]:
    """New ones for each run, for the robot's boxes and for the one of the people it writes to."""
    return {user: secrets.token_urlsafe(9) for user in (*(key for key, _ in BORDER.mailboxes), PEOPLE)}


def write(directory: Path, ports: Ports, words: Mapping[str, str]) -> None:
    """A whole site in a folder that is empty or not there yet. OSError where it is neither or cannot be written."""
    (directory / "register").mkdir(parents=True)
    blanks = {"relay": ports.relay, "imap": ports.imap, "authserv_id": AUTHSERV_ID, **words}
    main = Template(_GROUND.joinpath(MAIN).read_text("utf-8")).substitute(blanks)
    _put(directory / MAIN, main.encode("utf-8"))
    _put(directory / AGENTS, _GROUND.joinpath(AGENTS).read_bytes())
    _put(directory / "mailbot.key", f"{secrets.token_hex(32)}\n".encode())
    for name in _TABLES:
        _put(directory / "register" / name, _GROUND.joinpath("register", name).read_bytes())


def _put(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
