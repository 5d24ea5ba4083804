"""Whether an address is one of our own mailboxes is told as any two addresses are: nothing but A to Z is folded."""

import pytest
from sites import mailbox, site

from mailbot.sender import mailbox_of

OURS = site(
    mailboxes=(
        mailbox("desk", subaddress="+"),
        mailbox("sac"),
        mailbox("billing", address="billing@Bücher.example"),
    )
)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("DESK@Example.COM", "desk"),
        ("desk+tag@example.com", "desk"),
        ("Sac@example.com", "sac"),
        ("billing@xn--bcher-kva.example", "billing"),
        ("billing@bücher.EXAMPLE", "billing"),
    ],
)
def test_one_address_in_any_spelling_is_one_mailbox(written: str, key: str) -> None:
    found = mailbox_of(written, OURS)
    assert found
    assert found.key == key


@pytest.mark.parametrize(
    "written",
    [
        "des\N{KELVIN SIGN}@example.com",
        "des\N{KELVIN SIGN}+tag@example.com",
        "sac@example.com.",
        "sac+tag@example.com",
        "desk@sub.example.com",
        "desk",
        "",
    ],
)
def test_what_only_looks_like_ours_is_none_of_ours(written: str) -> None:
    assert mailbox_of(written, OURS) is None
