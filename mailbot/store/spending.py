"""How much automatic mail went out of late, for the budgets, and how quickly it was answered."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from mailbot.decide import budget, loops, pace
from mailbot.model import Arrival, Level, Outcome, Pointers, Scope, Sending, Spent
from mailbot.tables import message, outgoing

_o, _m = outgoing.c, message.c
_THESE: BindParameter[str] = bindparam("these", expanding=True)
_SINCE: BindParameter[datetime] = bindparam("since")
_COUNTED = (
    _o.automatic
    & _o.purpose.not_in(budget.FREE_PURPOSES)
    & _o.template.not_in(budget.FREE_TEMPLATES)
    & (_o.status != Sending.WITHHELD)
)
_TOLD = select(_o.recipient_key, _o.created_at, _o.sent_at).where(
    _o.recipient_key.in_(_THESE), _o.created_at > _SINCE, _COUNTED
)
_BY_DOMAIN = (
    select(_o.charged_domain, func.count())
    .where(_o.charged_domain.in_(_THESE), _o.created_at > _SINCE)
    .group_by(_o.charged_domain)
)
_BY_MAILBOX = (
    select(_o.charged, func.count()).where(_o.charged.is_not(None), _o.created_at > _SINCE).group_by(_o.charged)
)
_HEARD = select(_m.received_at).where(
    _m.author_key == bindparam("author"),
    _m.received_at.between(bindparam("begin"), bindparam("end")),
    _m.outcome.in_(bindparam("outcomes", expanding=True)),
    # Who is disowned by his own domain must not make a robot of whom he names.
    _m.level != Level.SUSPECT,
    ~_m.sent,
)
_MATTERS = (Outcome.TICKET_CREATED,)
_ANYTHING = tuple(Outcome)


@dataclass(frozen=True, slots=True)
class Spending:
    """Of all addresses that were asked for together."""

    addresses: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    shared: tuple[Spent, ...] = ()
    told: tuple[tuple[str, datetime], ...] = ()
    heard: tuple[tuple[str, datetime], ...] = ()

    def of(self, keys: Iterable[str]) -> tuple[Spent, ...]:
        asked = dict.fromkeys(keys)
        domains = dict.fromkeys(key.rpartition("@")[2] for key in asked)
        mine = (Spent(key, self.addresses[key]) for key in asked if key in self.addresses)
        near = (Spent(name, self.domains[name], Scope.DOMAIN) for name in domains if name in self.domains)
        return (*mine, *near, *self.shared)

    def told_to(self, keys: Sequence[str]) -> tuple[datetime, ...]:
        return tuple(at for key, at in self.told if key in keys)

    def heard_from(self, keys: Sequence[str]) -> tuple[datetime, ...]:
        return tuple(at for key, at in self.heard if key in keys)


def spending(
    conn: Connection, keys: Sequence[str], asked: Sequence[tuple[Arrival, Pointers]], now: datetime
) -> Spending:
    """`keys` are addresses in the form in which they are compared: of the authors of what is `asked`, and others."""
    if not keys:
        return Spending()
    begin, last_hour = now - budget.ADDRESS_WINDOW, now - budget.SHARED_WINDOW
    rows = conn.execute(_TOLD, {"these": keys, "since": begin - pace.WITHIN}).all()
    domains = sorted({key.rpartition("@")[2] for key in keys})
    told = _may_be_quick([(row.recipient_key, row.sent_at) for row in rows if row.sent_at])
    return Spending(
        addresses=Counter(row.recipient_key for row in rows if row.created_at > begin),
        domains=Counter(dict(map(tuple, conn.execute(_BY_DOMAIN, {"these": domains, "since": last_hour})))),
        shared=_shared(conn, last_hour),
        told=told,
        heard=(*_answers(conn, told), *_own_words(conn, asked)),
    )


def _shared(conn: Connection, since: datetime) -> tuple[Spent, ...]:
    mailboxes = tuple(Spent(name, count, Scope.MAILBOX) for name, count in conn.execute(_BY_MAILBOX, {"since": since}))
    return (*mailboxes, Spent("", sum(entry.count for entry in mailboxes), Scope.SITE)) if mailboxes else ()


def _may_be_quick(sent: Sequence[tuple[str, datetime]]) -> tuple[tuple[str, datetime], ...]:
    """Those to addresses that got so many in so short a time that one need look whether they were answered at once."""
    times: dict[str, list[datetime]] = {}
    for key, at in sent:
        times.setdefault(key, []).append(at)
    return tuple((key, at) for key, mine in times.items() if pace.may_be_quick(mine) for at in mine)


def _answers(conn: Connection, told: Sequence[tuple[str, datetime]]) -> Iterator[tuple[str, datetime]]:
    for author in dict.fromkeys(key for key, _ in told):
        times = [at for key, at in told if key == author]
        yield from _heard(conn, author, min(times).replace(microsecond=0), max(times) + pace.QUICK, _MATTERS)


def _own_words(conn: Connection, asked: Iterable[tuple[Arrival, Pointers]]) -> Iterator[tuple[str, datetime]]:
    """What mailboxes of ours write to us: to tell whether they go in circles."""
    for arrival, pointers in asked:
        if pointers.own:
            until = arrival.received_at
            for author in pointers.authors:
                yield from _heard(conn, author, until - loops.CIRCLING, until, _ANYTHING)


def _heard(
    conn: Connection, author: str, begin: datetime, end: datetime, outcomes: Sequence[Outcome]
) -> list[tuple[str, datetime]]:
    asked = {"author": author, "begin": begin, "end": end, "outcomes": outcomes}
    return [(author, at) for at in conn.scalars(_HEARD, asked)]
