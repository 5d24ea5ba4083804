"""One mailbox: whether we get in, what its server can do for us, and what waits there. By EXAMINE: nothing changes."""

from collections.abc import Iterator, Sequence

from sqlalchemy.exc import DBAPIError

from mailbot import imap
from mailbot.imap import Folder, Quota
from mailbot.model import Mailbox, ProcessedMode
from mailbot.store import outages
from mailbot.work import trial
from mailbot.work.doctor import certificates, clocks, evidence, holes, lag
from mailbot.work.doctor.finding import Finding, Verdict, graded
from mailbot.work.doctor.instruments import Patient
from mailbot.work.measures import mails, octets

# Seconds; a server that dribbles is left when the round ends.
_PATIENCE = imap.Patience(connect=8.0, read=8.0, answer=12.0)
# So many mails show what the servers in front write, and what their clock says.
LAST = 50
FULL = 90


def examine(patient: Patient, mailbox: Mailbox) -> Iterator[Finding]:
    about, step = outages.of(mailbox.key), "login"
    try:
        with imap.connect(mailbox.imap, patient.site.limits.message, _PATIENCE) as connection:
            server = f"{mailbox.imap.host}:{mailbox.imap.port}"
            yield Finding(about, step, Verdict.OK, f"logged in at {server} as {mailbox.imap.username}")
            step = "folder"
            folder = connection.select(readonly=True)
            yield Finding(about, step, Verdict.OK, f"{mailbox.imap.folder} holds {mails(folder.exists)}")
            yield from _other_folders(about, mailbox, connection)
            facts = connection.facts()
            yield from certificates.of(about, facts.tls, facts.certificate_until, patient.instruments.now())
            yield from abilities(about, mailbox, connection.capabilities)
            yield from quotas(about, facts.quotas)
            yield from holes.of_server(about, facts.program, facts.version)
            step = "lag"
            yield from _mail(about, patient, mailbox, connection, folder)
    except imap.ImapError as error:
        yield Finding(about, step, Verdict.PROBLEM, _said(error))


def _other_folders(about: str, mailbox: Mailbox, connection: imap.Connection) -> Iterator[Finding]:
    for setting, name in trial.folders(mailbox):
        try:
            connection.find(name)
        except imap.FolderRefused as error:
            yield Finding(about, "folder", Verdict.PROBLEM, f"{setting}: {_said(error)}")


def _said(error: imap.ImapError) -> str:
    """Without what the daemon would do about it."""
    return str(error).partition("; mailbot ")[0].rstrip(".")


def abilities(about: str, mailbox: Mailbox, capabilities: frozenset[str]) -> Iterator[Finding]:
    """F-075: each is done without, as far as that goes."""
    idle, moves, removes = (name in capabilities for name in ("IDLE", "MOVE", "UIDPLUS"))
    polled = f"not offered: new mail is looked for every {mailbox.poll_interval.total_seconds():g} s (poll_interval)"
    yield Finding(about, "IDLE", Verdict.OK, "the server tells of new mail at once" if idle else polled)
    moving = mailbox.processed.mode is ProcessedMode.MOVE
    deleting = mailbox.processed.mode is ProcessedMode.DELETE_AFTER
    without = "not offered: mail is copied, then removed" if removes else "not offered"
    yield Finding(about, "MOVE", Verdict.OK, "mail can be moved" if moves else without)
    needed = deleting or (moving and not moves)
    says = "single mails can be removed" if removes else "not offered: the server cannot remove single mails"
    advice = 'What processed asks for is not done: set processed = "seen"'
    yield graded(about, "UIDPLUS", says, advice, problem=needed and not removes)


def quotas(about: str, found: Sequence[Quota]) -> Iterator[Finding]:
    if not found:
        yield Finding(about, "quota", Verdict.OK, "the server tells of none")
    for quota in found:
        percent = 100 * quota.used // quota.limit
        of = octets(1024 * quota.limit) if quota.resource == imap.STORAGE else f"{quota.limit} ({quota.resource})"
        advice = "Make room or have it raised: a full mailbox refuses mail"
        full, over = percent >= FULL, percent >= 100
        says = f"{percent} % of {of} is used"
        yield graded(about, "quota", says, advice, warning=full, problem=over, value=percent)


def _mail(
    about: str, patient: Patient, mailbox: Mailbox, connection: imap.Connection, folder: Folder
) -> Iterator[Finding]:
    there = connection.all_uids()
    last = there[-LAST:]
    try:
        yield from _ledger(about, patient, mailbox, connection, folder, there)
    except DBAPIError:
        yield lag.unknown(about)
    headers = [evidence.seen(entry.raw, patient.site) for entry in connection.fetch_headers(last)]
    yield evidence.subaddress(about, mailbox, headers)
    yield from evidence.authentication(about, patient.site, patient.site.border(mailbox.key), headers)


def _ledger(
    about: str,
    patient: Patient,
    mailbox: Mailbox,
    connection: imap.Connection,
    folder: Folder,
    there: tuple[int, ...],
) -> Iterator[Finding]:
    """The server was asked before the database: what is recorded meanwhile is no gap then."""
    ledger, now = lag.read(patient, mailbox), patient.instruments.now()
    if ledger is None:
        yield lag.never_read(about, folder)
    elif not ledger.is_of(folder):
        yield lag.renumbered(about)
    else:
        waiting = connection.sizes(ledger.waiting(there)[:LAST])
        oldest = min((entry.internaldate for entry in waiting if entry.internaldate), default=None)
        yield lag.compared(about, ledger, there, oldest, now, patient.site.alarm.mailbox_down)
        last = there[-LAST:]
        yield from clocks.of_mails(about, connection.sizes(last), lag.recorded_at(patient, ledger, last), now)
