"""mailbot.toml and agents.toml into model.Site: plain values, checked, with every default filled in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mailbot.model import Reading, Site
from mailbot.settings import across, assembly, file, sections
from mailbot.settings.faults import AGENTS, MAIN, SettingsError
from mailbot.settings.secret import Vault, readable_by_others
from mailbot.settings.unlocked import RELAY, mailbox, unlock
from mailbot.written.faults import Fault
from mailbot.written.file import File

__all__ = ["AGENTS", "MAIN", "RELAY", "Checked", "SettingsError", "load", "mailbox", "reading"]

_ADVICE = {
    MAIN: "`mailbot init DIR` makes a site, --site DIR or $MAILBOT_SITE names one",
    AGENTS: "it may be empty, but then nobody can answer",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A site that can be used. `warnings` are sentences about what is allowed, but unwise."""

    site: Site
    warnings: tuple[str, ...]


def load(
    directory: Path, environ: Mapping[str, str], *, offline: bool = False, but: tuple[str, ...] | None = None
) -> Checked:
    """The site in a folder, or SettingsError with every fault of both files.

    `offline` leaves the secrets of the servers out, for work in a shell that does not know them, `but` for one: RELAY
    or mailbox(NAME).
    """
    found = {name: file.read(directory / name, advice) for name, advice in _ADVICE.items()}
    files = {name: one for name, one in found.items() if isinstance(one, File)}
    unreadable = [sentence for sentence in found.values() if isinstance(sentence, str)]
    if not files:
        raise SettingsError(tuple(unreadable[:1]))
    written, unsound = sections.read(files.get(MAIN), files.get(AGENTS))
    vault = Vault(directory, environ, readable_by_others(directory / MAIN))
    secrets, locked = unlock(written, vault, lambda server: not offline or server == but)
    faults = [*unsound, *locked, *across.faults(written, directory)]
    site = assembly.site(written, secrets, directory) if secrets and not faults and not unreadable else None
    if not site:
        raise SettingsError((*unreadable, *_sentences(faults, files)))
    unwise = [*across.warnings(site, offline), *across.unwise(written)]
    return Checked(site, _sentences(unwise, files))


def reading(directory: Path) -> Reading:
    """What parsing needs to know of a site; no other section is looked at. Raises SettingsError."""
    main = file.read(directory / MAIN, _ADVICE[MAIN])
    if isinstance(main, str):
        raise SettingsError((main,))
    written, faults = sections.read(main, None)
    if not written.robot:
        raise SettingsError(_sentences((fault for fault in faults if fault.section == ("robot",)), {MAIN: main}))
    return assembly.reading(written.robot, written.security)


def _sentences(faults: Iterable[Fault], files: Mapping[str, File]) -> tuple[str, ...]:
    """In the order in which a person meets them in the files."""
    ordered = sorted(faults, key=lambda fault: (fault.file != MAIN, files[fault.file].line(fault)))
    return tuple(files[fault.file].sentence(fault) for fault in ordered)
