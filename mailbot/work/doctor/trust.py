"""Settings that make the robot believe more than it need, and who can read its key."""

import stat
from collections.abc import Iterator
from pathlib import Path

from mailbot.model import Site
from mailbot.work.doctor.finding import Finding, Verdict, graded

SETTINGS = "settings"
_WRITE = stat.S_IWGRP | stat.S_IWOTH
_READ = stat.S_IRGRP | stat.S_IROTH


def settings(site: Site) -> Iterator[Finding]:
    token = site.security.agents == "token"
    says = "the tag of a notice is enough" if token else "an agent's address must be authenticated"
    advice = 'Weaker: who reads an agent\'s mail can write as him. Better: agents = "authenticated"'
    yield graded(SETTINGS, "agents", says, advice, warning=token, value=site.security.agents)
    by_address = site.security.sender_authentication == "address"
    says = "a registered address is enough" if by_address else "a customer is believed by DMARC or DKIM"
    advice = 'Weaker: addresses are easily forged. Better: sender_authentication = "dmarc"'
    value = site.security.sender_authentication
    yield graded(SETTINGS, "sender_authentication", says, advice, warning=by_address, value=value)
    yield _key(site.security.key_file)


def _key(file: str | None) -> Finding:
    if file is None:
        return Finding(SETTINGS, "key", Verdict.OK, "it lies in no file of ours")
    try:
        mode = stat.S_IMODE(Path(file).stat().st_mode)
    except OSError as error:
        return Finding(SETTINGS, "key", Verdict.PROBLEM, f"{file}: {error.strerror}", "Put it back from a backup")
    others = "write" if mode & _WRITE else "read" if mode & _READ else ""
    says = f"others can {others} {file}" if others else f"nobody else can read {file}"
    advice = f"Who has it can write our reply tags: `chmod 600 {file}`"
    return graded(
        *(SETTINGS, "key", f"{says} (mode {mode:04o})", advice),
        warning=bool(others),
        problem=others == "write",
        value=f"{mode:04o}",
    )
