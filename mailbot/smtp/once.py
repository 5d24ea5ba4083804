"""Single dealings with the relay: what it offers, and one letter."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailbot.model import Smtp
from mailbot.smtp.answer import Answer, Letter, Mark, Verdict
from mailbot.smtp.connection import Timeouts
from mailbot.smtp.opening import Blocked, Unreachable, connect, tls_context
from mailbot.smtp.relay import Relay

_PATIENCE = Timeouts(command=30.0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the relay said of itself. `tls` is the protocol version; `trouble` why it is of no use, or "".

    `size` in octets is the largest mail that it takes (RFC 1870); None where it does not say.
    """

    greeting: str = ""
    extensions: tuple[str, ...] = ()
    tls: str = ""
    logged_in: bool = False
    trouble: str = ""
    size: int | None = None
    certificate_until: datetime | None = None


def probe(settings: Smtp, hello: str, timeouts: Timeouts = _PATIENCE) -> Facts:
    """Connects, logs in where a username is set, and leaves."""
    return asyncio.run(_probe(settings, hello, timeouts))


async def _probe(settings: Smtp, hello: str, timeouts: Timeouts) -> Facts:
    try:
        connection = await connect(settings, hello, tls_context(settings), timeouts)
    except (Blocked, Unreachable) as error:
        return Facts(trouble=str(error))
    facts = Facts(
        connection.greeting,
        tuple(sorted(connection.extensions)),
        connection.tls,
        logged_in=bool(settings.username),
        size=connection.size,
        certificate_until=connection.certificate_until,
    )
    await connection.quit(timeouts.connect)
    return facts


def send_one(settings: Smtp, hello: str, letter: Letter, timeouts: Timeouts | None = None) -> Answer:
    """One letter that nothing records, over a connection of its own."""
    waiting = [letter]
    answers: list[Answer] = []

    def claim(room: int) -> Sequence[Letter]:
        taken, waiting[:] = waiting[:room], waiting[room:]
        return taken

    def record(steps: Sequence[Mark | Answer]) -> None:
        answers.extend(step for step in steps if isinstance(step, Answer))

    with Relay(settings, hello, timeouts) as relay:
        relay.send(claim, record)
    return answers[0] if answers else Answer(letter.id, Verdict.RETURNED, "nothing was sent")
