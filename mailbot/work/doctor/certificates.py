"""How a wire is protected, and until when."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from mailbot.work.doctor.finding import Finding, graded

# A program renews a month ahead; what is later than this was forgotten.
RENEW = timedelta(days=14)


def of(about: str, tls: str, until: datetime | None, now: datetime) -> Iterator[Finding]:
    """An expired one is not met here: no connection is made with it."""
    if not tls:
        yield graded(about, "TLS", "none, which is allowed on this very machine only")
    elif until is None:
        yield graded(about, "TLS", tls)
    else:
        says, advice = f"{tls}, certificate until {until:%Y-%m-%d}", "Have it renewed: after that day nothing connects"
        yield graded(about, "TLS", says, advice, warning=until - now < RENEW, value=until.isoformat())
