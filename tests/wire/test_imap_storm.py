"""Many sessions with a server that fails in every way at random: RC-13, RC-04. The seed of a run is in its name."""

import random

import pytest
from servers.lying_imap import Lie, LyingImap

from mailbot.imap import ImapError, connect

SESSIONS = 150
LIMIT = 1 << 20
COMMANDS = ("GREETING", "CAPABILITY", "LOGIN", "EXAMINE", "SEARCH", "FETCH", "NOOP", "LOGOUT")
# Lies that a session survives, and lies that end it; not those that only a deadline ends: they have tests of their own.
HARMLESS = (Lie.BACKWARDS, Lie.STRANGERS, Lie.NAMELESS, Lie.HOLLOW, Lie.SMALL, Lie.TILDE, Lie.REMARK, Lie.AFTERTHOUGHT)
ENDING = (Lie.BYE, Lie.CLOSE, Lie.RESET, Lie.CUT, Lie.HUGE, Lie.NO, Lie.BAD, Lie.PREAUTH, Lie.FLOOD)


def session(server: LyingImap, kept: dict[int, bytes]) -> None:
    """What receive does: fetch what is not kept yet, oldest first, and keep each batch."""
    with connect(server.settings(), LIMIT) as connection:
        connection.select(readonly=True)
        wanted = [uid for uid in connection.uids_after(0) if uid not in kept]
        for n in range(0, len(wanted), 5):
            batch = [mail.uid for mail in connection.sizes(wanted[n : n + 5])]
            kept.update((mail.uid, mail.raw) for mail in connection.fetch(batch))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_mail_comes_in_exactly_as_it_is_through_any_sequence_of_failures(seed: int) -> None:
    chance = random.Random(seed)
    with LyingImap() as server:
        kept: dict[int, bytes] = {}
        failures = 0
        for _ in range(SESSIONS):
            server.deliver(chance.randbytes(chance.randrange(1, 30_000)))
            lie = chance.choice(HARMLESS + ENDING)
            server.lie(lie, at=chance.choice(COMMANDS), text=f"* {chance.randrange(99)} XYZZY")
            try:
                session(server, kept)
            except ImapError:
                failures += 1
        server.forget_lies()
        session(server, kept)
        assert kept == {letter.uid: letter.raw for letter in server.boxes["INBOX"].letters}
        assert len(kept) == SESSIONS
        assert failures > SESSIONS // 10
        words = {line.removeprefix("UID ").split(" ")[0] for line in server.commands}
        assert words <= {"CAPABILITY", "LOGIN", "EXAMINE", "SEARCH", "FETCH", "NOOP", "LIST", "LOGOUT"}
