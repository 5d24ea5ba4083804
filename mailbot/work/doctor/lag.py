"""What stands in a folder and not in the ledger: mail that waits for us, and mail that we passed by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot.imap import Folder
from mailbot.model import Mailbox
from mailbot.store import intake, traffic
from mailbot.store.intake import Box
from mailbot.work.doctor.finding import Finding, Verdict, graded
from mailbot.work.doctor.instruments import Patient
from mailbot.work.measures import mails, span
from mailbot.work.receive import LATE
from mailbot.work.transactions import look

CHECK = "lag"
# A look comes several times a minute; what waits for longer waits for us.
OVERDUE = timedelta(minutes=2)
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the database knows of the folder as we last saw it numbered; `last_mail` is when the newest came."""

    box: Box
    recorded: frozenset[int]
    last_mail: datetime | None

    def is_of(self, folder: Folder) -> bool:
        return self.box.uidvalidity == folder.uidvalidity and self.box.folder in ("", folder.name)

    def waiting(self, there: Sequence[int]) -> list[int]:
        newest = self._newest()
        return [uid for uid in there if uid > newest]

    def late(self, there: Sequence[int]) -> list[int]:
        """What is missing among the last of those recorded is looked for again, now and then."""
        newest = self._newest()
        return [uid for uid in there if newest - LATE <= uid < newest and uid not in self.recorded]

    def passed_by(self, there: Sequence[int]) -> list[int]:
        """UIDs are recorded in order, so what is missing farther down is missing for good."""
        newest = self._newest()
        return [uid for uid in there if uid < newest - LATE and uid not in self.recorded]

    def _newest(self) -> int:
        return max(self.recorded, default=0)


def read(patient: Patient, mailbox: Mailbox) -> Ledger | None:
    """None where the folder was never read. Raises DBAPIError."""

    def ask(conn: Connection) -> Ledger | None:
        box = intake.find_box(conn, mailbox.key)
        if box is None:
            return None
        return Ledger(box, traffic.recorded_uids(conn, box), traffic.last_mail(conn, mailbox.key))

    return look(patient.database, ask) if patient.database else None


def recorded_at(patient: Patient, ledger: Ledger, uids: Collection[int]) -> dict[int, datetime]:
    """Of mails that came while we listened: those that stood there before were recorded when we came."""
    ours = frozenset(uid for uid in uids if uid >= max(ledger.box.boundary, ledger.box.rescan_below))
    if not patient.database or not ours:
        return {}
    return look(patient.database, lambda conn: traffic.recorded_at(conn, ledger.box, ours))


def unknown(about: str) -> Finding:
    return Finding(about, CHECK, Verdict.WARNING, "cannot be told while the database cannot be asked")


def never_read(about: str, folder: Folder) -> Finding:
    says = f"nothing of it is recorded yet ({mails(folder.exists)})"
    return Finding(about, CHECK, Verdict.OK, says, "`mailbot run` begins with what `start` says", folder.exists)


def compared(
    about: str, ledger: Ledger, there: Sequence[int], oldest: datetime | None, now: datetime, patience: timedelta
) -> Finding:
    """`there` are all UIDs of the folder, `oldest` is the INTERNALDATE of the first that waits.

    What our last look did not find came after it, whatever its INTERNALDATE says. After `patience` it is a problem.
    """
    waiting = ledger.waiting(there)
    if passed_by := ledger.passed_by(there):
        says = f"passed by and never read: {_named(passed_by)}"
        advice = "Move them to another folder and back: so they come anew; and report this, with the server's name"
        return Finding(about, CHECK, Verdict.PROBLEM, says, advice, len(passed_by))
    if late := ledger.late(there):
        says = f"shown only after younger mail, and not recorded yet: {_named(late)}"
        advice = "`mailbot run` takes them in within ten minutes; what it does not, move to another folder and back"
        return Finding(about, CHECK, Verdict.WARNING, says, advice, len(late))
    if not waiting:
        came = f"the newest came {span(now - ledger.last_mail)} ago" if ledger.last_mail else "there was none yet"
        return Finding(about, CHECK, Verdict.OK, f"all mail is recorded; {came}", value=0)
    since = max(filter(None, (oldest, ledger.box.looked_at)), default=now)
    waits = now - since
    says = f"{mails(len(waiting))} not recorded yet, the oldest for {span(waits)}"
    advice = "Start `mailbot run`, or see what its log says"
    return graded(about, CHECK, says, advice, warning=waits >= OVERDUE, problem=waits >= patience, value=len(waiting))


def _named(uids: Sequence[int]) -> str:
    return f"{mails(len(uids))} (UID {', '.join(map(str, uids[:_NAMED]))}{' …' if len(uids) > _NAMED else ''})"


def renumbered(about: str) -> Finding:
    says = "the server numbered the folder anew (UIDVALIDITY): it is read again, and known mail stays known"
    return Finding(about, CHECK, Verdict.WARNING, says, "Nothing, unless it happens often: then ask why")
