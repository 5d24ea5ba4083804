"""The servers of the dialogues, started once, and robots on them that leave no mail behind."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from robot import Post, Robot, Site, Value
from robot.people import AUTHENTICATED, DOMAINS
from servers.dovecot import Dovecot
from servers.postfix import Postfix
from servers.postgresql import PostgreSQL
from sqlalchemy import Connection, select, update

from mailbot.tables import challenge, outgoing

DAY = timedelta(hours=24)


@pytest.fixture(scope="session")
def post() -> Iterator[Post]:
    with Dovecot() as dovecot, Postfix(dovecot.lmtp, DOMAINS, AUTHENTICATED, dovecot.sasl) as postfix:
        yield Post(dovecot, postfix)


@pytest.fixture
def clean_post(post: Post) -> Iterator[Post]:
    yield post
    post.clear()


@pytest.fixture
def open_site(clean_post: Post, tmp_path: Path) -> Iterator[Callable[..., Robot]]:
    """Makes a site with some of its settings changed, and a robot for it that does not run yet."""
    with ExitStack() as stack:

        def opened(**changes: Value) -> Robot:
            robot = Robot(Site(tmp_path / "site", clean_post, changes), clean_post)
            stack.callback(robot.close)
            return robot

        yield opened


@pytest.fixture(scope="module")
def lasting(post: Post, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Robot]:
    # The one mailbox with subaddresses, the other without: French letters go to the first, English ones to the second.
    changes: dict[str, Value] = {
        "budget.registered": 100,
        "budget.domain": 1000,
        "mailboxes.business.imap.subaddress": "",
    }
    robot = Robot(Site(tmp_path_factory.mktemp("lasting") / "site", post, changes), post)
    try:
        robot.start()
        yield robot
    finally:
        robot.close()
        post.clear()


@pytest.fixture
def robot(lasting: Robot) -> Robot:
    """One for all tests of the file, because each start takes seconds; it is at rest, and all mail is read.

    What happened so far was two days ago: nobody is taken for a robot, or asked too often, for the tests before.
    """
    lasting.everybody_reads()
    lasting.meddle(two_days_pass)
    return lasting


def two_days_pass(conn: Connection) -> None:
    for table in (outgoing, challenge):
        times = [column for column in table.columns if column.name in ("created_at", "sent_at", "asked_at")]
        for row in conn.execute(select(*table.primary_key, *times)).mappings().all():
            earlier = {time.name: row[time.name] - 2 * DAY for time in times if row[time.name]}
            conn.execute(update(table).where(*(key == row[key.name] for key in table.primary_key)).values(earlier))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """A URL for [database]; on PostgreSQL of a new and empty one."""
    if request.param == "sqlite":
        return "sqlite:///mailbot.db"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.fresh_database()
