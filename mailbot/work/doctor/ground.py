"""What the robot stands on: the database, its file system, and the daemons that it knows of."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mailbot.store import leases, schema, server
from mailbot.store.engine import DatabaseError, insist_on_durability, sentence
from mailbot.work.doctor import clocks, holes
from mailbot.work.doctor.finding import Finding, Verdict, graded
from mailbot.work.doctor.instruments import Patient
from mailbot.work.measures import octets
from mailbot.work.transactions import look

DATABASE = "database"
LEAST = 1 << 30
LEAST_PERCENT = 5
_SQLITE = "sqlite:///"
_FILE = "See that the robot's user can write it and its folder; a damaged one: put a backup back"
_SERVER = "Start it, or correct [database] url"


def database(patient: Patient) -> Iterator[Finding]:
    if patient.database is None:
        says = "none yet: the first `mailbot customers import` or `mailbot run` makes it"
        yield Finding(DATABASE, "schema", Verdict.OK, says)
        return
    try:
        found = look(patient.database, _schema)
        yield found
        yield from holes.of_server(DATABASE, *look(patient.database, server.version))
        theirs, ours = look(patient.database, server.clock), patient.instruments.now()
        if theirs:
            yield clocks.against(DATABASE, theirs, ours, "the database server's")
        if found.verdict is Verdict.OK and found.value:
            yield look(patient.database, lambda conn: _daemons(conn, patient))
    except DBAPIError as error:
        says = f"{patient.database.engine.url.render_as_string()}: {sentence(error)}"
        advice = _FILE if patient.database.is_sqlite else _SERVER
        yield Finding(DATABASE, "connection", Verdict.PROBLEM, says, advice)


def _schema(conn: Connection) -> Finding:
    was = schema.revision(conn)
    try:
        insist_on_durability(conn)
        if schema.is_empty(conn):
            return Finding(DATABASE, "schema", Verdict.OK, "empty yet: the first `mailbot run` fills it")
        schema.insist_on_current(conn)
    except DatabaseError as error:
        pending = [number for number in schema.revisions() if was is not None and number > was]
        waits = f" (schema {was}; not done: {', '.join(pending)})" if pending else ""
        return Finding(DATABASE, "schema", Verdict.PROBLEM, f"{error}{waits}", value=was)
    return Finding(DATABASE, "schema", Verdict.OK, f"{was}, that of this version", value=was)


def _daemons(conn: Connection, patient: Patient) -> Finding:
    now = patient.instruments.now()
    living = leases.living(conn, now)
    keys = [mailbox.key for mailbox in patient.site.mailboxes]
    alone = [key for key in keys if leases.holder_of(conn, leases.of(key), now) is None]
    if not living:
        return Finding("daemon", "lease", Verdict.WARNING, "none is running", "Start `mailbot run`", 0)
    says = f"{living} at work{', and nobody listens to ' if alone else ''}{', '.join(alone)}"
    return graded("daemon", "lease", says, "Restart it: it may know older settings", warning=bool(alone), value=living)


def disk(patient: Patient) -> Iterator[Finding]:
    url = patient.site.database
    if not url.startswith(_SQLITE):
        yield Finding(DATABASE, "disk", Verdict.OK, "it is the server's, and not seen from here")
        return
    folder = str(Path(url.removeprefix(_SQLITE)).parent)
    free, whole = patient.instruments.room(folder)
    percent = 100 * free // max(whole, 1)
    says = f"{octets(free)} free below {folder}, {percent} % of {octets(whole)}"
    advice = "Make room: without any, mail stays on the server and nothing is answered"
    yield graded(DATABASE, "disk", says, advice, warning=free < LEAST or percent < LEAST_PERCENT, value=free)
