"""The admin is told a week before a sign-in or a client secret ends, once, and once when it was renewed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from servers.authorization import AuthorizationServer
from sites import mailbox, site
from sqlalchemy import select

from mailbot import oauth2
from mailbot.model import Flow, OAuth2
from mailbot.render import press
from mailbot.store import alarms, leases
from mailbot.store.engine import Database
from mailbot.tables import outgoing
from mailbot.work.desk import Desk
from mailbot.work.tell import tell
from mailbot.work.transactions import change, look

DAY = timedelta(days=1)
SOON = timedelta(minutes=2)


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as server:
        yield server


@pytest.fixture
def client(server: AuthorizationServer, tmp_path: Path) -> OAuth2:
    return server.client(tmp_path, Flow.DEVICE_CODE)


def sign_in(server: AuthorizationServer, client: OAuth2, lasts: timedelta) -> None:
    server.extra = {"refresh_token_expires_in": int(lasts.total_seconds())}
    oauth2.by_device_code(client, lambda _: None, lambda _: None)


def desk(database: Database, client: OAuth2, later: timedelta = timedelta(0), holder: str = "this") -> Desk:
    """At a site whose first mailbox has that client; the daemon `this` has it, others none. `later` than now."""
    now = datetime.now(UTC) + later
    support = mailbox("support", imap={"oauth2": client if client.mailbox else None})
    relay = {"oauth2": None if client.mailbox else client}
    own = site(mailboxes=(support, mailbox("sac")), smtp=relay)
    change(database, lambda conn: leases.take(conn, "mailbox:support", "this", now))
    return Desk(database, own, press(own, {}), holder, lambda: now)


def standing(database: Database) -> list[str]:
    return [entry.sentence for entry in look(database, alarms.standing)]


def subjects(database: Database) -> list[str]:
    return look(database, lambda conn: list(conn.scalars(select(outgoing.c.subject).order_by(outgoing.c.id))))


def test_a_sign_in_that_ends_is_told_a_week_ahead_and_called_off_when_it_is_renewed(
    database: Database, server: AuthorizationServer, client: OAuth2
) -> None:
    sign_in(server, client, 8 * DAY)
    tell(desk(database, client))
    assert standing(database) == []

    for minutes in range(4):
        tell(desk(database, client, DAY + minutes * SOON))
    end = oauth2.standing(client).expires
    sentence = f"it ends on {end:%Y-%m-%d}, run `mailbot login support`"
    assert standing(database) == [f"the sign-in of mailbox support needs renewal: {sentence}"]
    assert subjects(database) == ["[mailbot] the sign-in of mailbox support needs renewal"]

    sign_in(server, client, 90 * DAY)
    for minutes in range(4):
        tell(desk(database, client, 2 * DAY + minutes * SOON))
    assert standing(database) == []
    assert subjects(database)[1:] == [
        "[mailbot] terminé\N{NO-BREAK SPACE}: the sign-in of mailbox support needs renewal"
    ]


def test_a_client_secret_that_ends_is_told_a_week_ahead(database: Database, client: OAuth2) -> None:
    relay = replace(client, mailbox="", flow=Flow.CLIENT_CREDENTIALS, client_secret_expires=date(2031, 3, 8))
    now = datetime.now(UTC)
    tell(desk(database, relay, datetime(2031, 2, 28, 23, tzinfo=UTC) - now))
    assert standing(database) == []

    tell(desk(database, relay, datetime(2031, 3, 1, 1, tzinfo=UTC) - now))
    sentence = "it ends on 2031-03-08, make a new one there and correct client_secret_expires with it"
    assert standing(database) == [f"the client secret of the relay needs renewal: {sentence}"]

    renewed = replace(relay, client_secret_expires=date(2032, 3, 8))
    tell(desk(database, renewed, datetime(2031, 3, 2, tzinfo=UTC) - now))
    assert standing(database) == []


def test_who_has_not_the_mailbox_says_nothing_of_its_sign_in(
    database: Database, server: AuthorizationServer, client: OAuth2, tmp_path: Path
) -> None:
    sign_in(server, client, 3 * DAY)
    tell(desk(database, client, holder="another"))
    assert standing(database) == []

    tell(desk(database, client))
    another = replace(client, tokens=str(tmp_path / "elsewhere"))
    tell(desk(database, another, holder="another"))
    assert len(standing(database)) == 1


def test_a_mailbox_that_needs_no_sign_in_any_more_has_none_that_ends(
    database: Database, server: AuthorizationServer, client: OAuth2
) -> None:
    sign_in(server, client, 3 * DAY)
    tell(desk(database, client))
    assert len(standing(database)) == 1

    tell(desk(database, replace(client, flow=Flow.CLIENT_CREDENTIALS)))
    assert standing(database) == []


def test_a_sign_in_that_ends_only_unused_is_told_where_nobody_used_it(
    database: Database, server: AuthorizationServer, client: OAuth2
) -> None:
    oauth2.by_device_code(client, lambda _: None, lambda _: None)
    client = replace(client, unused_after=90 * DAY)
    tell(desk(database, client, 82 * DAY))
    assert standing(database) == []
    tell(desk(database, client, 84 * DAY))
    assert len(standing(database)) == 1


def test_a_relay_without_a_sign_in_is_told_even_where_it_has_nothing_to_send(
    database: Database, server: AuthorizationServer, client: OAuth2
) -> None:
    relay = replace(client, mailbox="")
    tell(desk(database, relay))
    assert standing(database) == [
        "the relay cannot be used: nobody has signed in yet: run `mailbot login --relay`",
    ]
    sign_in(server, relay, 90 * DAY)
    tell(desk(database, relay))
    assert standing(database) == []
