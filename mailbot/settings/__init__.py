"""mailbot.toml and agents.toml into model.Site: plain values, checked, with every default filled in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mailbot.model import Policy, Reading, Site
from mailbot.policy import PolicyErrors
from mailbot.settings import across, assembly, file, sections
from mailbot.settings.faults import AGENTS, MAIN, SettingsError
from mailbot.settings.rules import NO_RULES, Rules
from mailbot.settings.rules import load as read_rules
from mailbot.settings.secret import Vault, readable_by_others
from mailbot.settings.unlocked import RELAY, mailbox, unlock
from mailbot.written.faults import Fault
from mailbot.written.file import File

__all__ = ["AGENTS", "MAIN", "RELAY", "Checked", "SettingsError", "load", "mailbox", "policy", "reading"]

_ADVICE = {
    MAIN: "`mailbot init DIR` makes a site, --site DIR or $MAILBOT_SITE names one",
    AGENTS: "it may be empty, but then nobody can answer",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A site that can be used. `warnings` are sentences about what is allowed, but unwise; `rules` if asked for."""

    site: Site
    warnings: tuple[str, ...]
    rules: Rules = NO_RULES


def load(
    directory: Path,
    environ: Mapping[str, str],
    *,
    offline: bool = False,
    but: tuple[str, ...] | None = None,
    rules: bool = False,
) -> Checked:
    """The site in a folder, or SettingsError with every fault of both files, and of its rules where they are asked for.

    `offline` leaves the secrets of the servers out, for work in a shell that does not know them, `but` for one: RELAY
    or mailbox(NAME).
    """
    found = {name: file.read(directory / name, advice) for name, advice in _ADVICE.items()}
    files = {name: one for name, one in found.items() if isinstance(one, File)}
    unreadable = [sentence for sentence in found.values() if isinstance(sentence, str)]
    if not files:
        raise SettingsError(tuple(unreadable[:1]))
    read, unruly = _rules(directory) if rules else (NO_RULES, ())
    written, unsound = sections.read(files.get(MAIN), files.get(AGENTS))
    vault = Vault(directory, environ, readable_by_others(directory / MAIN))
    secrets, locked = unlock(written, vault, lambda server: not offline or server == but)
    faults = [*unsound, *locked, *across.faults(written, directory)]
    if rules and read:
        faults += across.departments(written, read.policy)
    site = assembly.site(written, secrets, directory) if secrets and not faults and not unreadable else None
    if not site or not read:
        raise SettingsError((*unreadable, *_sentences(faults, files), *unruly))
    unwise = [*across.warnings(site, offline), *across.unwise(written)]
    return Checked(site, _sentences(unwise, files), read)


def _rules(directory: Path | None) -> tuple[Rules | None, tuple[str, ...]]:
    try:
        return read_rules(directory), ()
    except PolicyErrors as error:
        return None, error.faults


def policy(directory: Path | None) -> Policy:
    """By the rules of a site, or the shipped ones; the files beside them are not looked at. Raises SettingsError."""
    read, faults = _rules(directory)
    if not read:
        raise SettingsError(faults)
    return read.policy


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
