"""What `explain` tells of the mails that an event sent."""

import pytest
from messages import ANNA, NOW
from sites import site
from sqlalchemy import insert

from mailbot.model import Draft, Language, Outcome, Purpose
from mailbot.render import press
from mailbot.store.apply import queue
from mailbot.store.engine import Database
from mailbot.tables import event
from mailbot.work.desk import Desk
from mailbot.work.explain import explain_delivery
from mailbot.work.transactions import change


@pytest.mark.parametrize("ticket", [None, "MB-7K3F-9XW0"])
def test_a_mail_that_belongs_to_no_ticket_is_told_of_with_its_event(database: Database, ticket: str | None) -> None:
    desk = Desk(database, site(), press(site(), {}), "test", lambda: NOW)
    draft = Draft("too-large", Purpose.CUSTOMER, Language.FR, ANNA, "support", "delivery:1", reason="25 Mio")
    happened = {"cause": "delivery:1", "at": NOW, "ticket": ticket, "delivery": 1, "kind": Outcome.OVERSIZE}
    said = {"actor": ANNA, "reason": "too large", "changes": "{}", "because": "[]", "facts": "{}"}
    change(database, lambda conn: conn.execute(insert(event).values(**happened, **said)))
    change(database, lambda conn: queue(conn, [desk.press.render(draft, NOW)], NOW))

    (told,) = explain_delivery(desk, 1)

    assert [mail.template for mail in told.mails] == ["too-large"]
