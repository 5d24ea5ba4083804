"""Doctor: everything around the robot looked at side by side, and nothing of it changed."""

from collections.abc import Iterator, Sequence
from functools import partial

from mailbot.model import Mailbox, Site
from mailbot.render import Press
from mailbot.store import outages
from mailbot.store.engine import Database, connect
from mailbot.work import trial
from mailbot.work.doctor import clocks, evidence, ground, holes, mailbox, trust, wires
from mailbot.work.doctor.finding import Finding, Verdict
from mailbot.work.doctor.instruments import Instruments, Patient
from mailbot.work.doctor.rounds import Examination, rounds

__all__ = ["Finding", "Instruments", "Verdict", "examine", "send"]

_ENTRANCES = ("login", "folder", "time")


def examine(site: Site, instruments: Instruments | None = None) -> Iterator[Finding]:
    """As soon as each is known. Raises DatabaseError where the URL names no database."""
    tools = instruments or Instruments()
    patient = Patient(site, _database(site.database), tools)
    told: list[Finding] = []
    for finding in rounds(tuple(_examinations(patient)), tools.seconds):
        told.append(finding)
        yield finding
    yield from clocks.untold(told)
    yield from evidence.untested(told, site)
    if patient.database:
        patient.database.engine.dispose()


def _examinations(patient: Patient) -> Iterator[Examination]:
    for box in patient.site.mailboxes:
        yield Examination(outages.of(box.key), partial(mailbox.examine, patient, box))
    yield Examination(outages.RELAY, partial(wires.relay, patient))
    for name in wires.hosts(patient):
        yield Examination(wires.DNS, partial(wires.host, patient, name))
    yield Examination(wires.DNS, partial(wires.domains, patient))
    yield Examination(ground.DATABASE, partial(ground.database, patient))
    yield Examination(ground.DATABASE, partial(ground.disk, patient))
    yield Examination("host", holes.of_python)
    yield Examination("host", holes.of_libraries)
    yield Examination(trust.SETTINGS, partial(trust.settings, patient.site))


def _database(url: str) -> Database | None:
    database = connect(url)
    return None if database.is_missing else database


def send(
    site: Site, press: Press, found: Sequence[Finding], instruments: Instruments | None = None
) -> Iterator[Finding]:
    """A mail to each mailbox's subaddress, which stays there: as `check --connect` does.

    `found` is what was found out before: no mail goes where relay or mailbox cannot be reached.
    """
    tools = instruments or Instruments()
    closed = {finding.about for finding in found if finding.verdict is Verdict.PROBLEM and finding.check in _ENTRANCES}
    boxes = [box for box in site.mailboxes if not closed & {outages.RELAY, outages.of(box.key)}]
    visits = [Examination(outages.of(box.key), partial(_sent, site, press, tools, box)) for box in boxes]
    yield from rounds(visits, trial.PATIENCE + tools.seconds)


def _sent(site: Site, press: Press, tools: Instruments, box: Mailbox) -> Iterator[Finding]:
    for tried in trial.try_subaddress(site, box, press, tools.now()):
        verdict = Verdict.OK if tried.good else Verdict.PROBLEM
        check = "sent authentication" if tried.what.endswith("Authentication-Results") else "sent subaddress"
        yield Finding(outages.of(box.key), check, verdict, tried.found)
