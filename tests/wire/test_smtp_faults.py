"""Every fault of a relay, F-086 to F-093: no letter lost, none sent twice but where nobody can know."""

from collections.abc import Sequence

import pytest
from servers.faulty_smtp import FaultyRelay
from servers.smtp_script import Drop, Moment, Say, Stall
from smtp_outbox import HELLO, Outbox, Sending, Step, letter, sent_over, settings

from mailbot.smtp import Answer, Halt, Relay, Timeouts, Verdict, send_one

# Where a test shows that a limit holds, the limit is as short as it may be; elsewhere nothing comes near one.
SHORT = 0.2


@pytest.mark.parametrize(
    ("moment", "reply", "marked"),
    [
        (Moment.MAIL, b"451 4.3.0 later\r\n", False),
        (Moment.RCPT, b"451 4.7.1 greylisted\r\n", False),
        (Moment.DATA, b"452 4.3.1 no room\r\n", True),
        (Moment.DOT, b"451 4.3.0 later\r\n", True),
        (Moment.MAIL, b"421 4.3.2 closing\r\n", False),
        (Moment.RCPT, b"421 4.3.2 closing\r\n", False),
        (Moment.DATA, b"421 4.3.2 closing\r\n", True),
        (Moment.DOT, b"421 4.3.2 closing\r\n", True),
    ],
)
def test_f086_a_temporary_refusal_is_tried_again_and_delivered_once(moment: Moment, reply: bytes, marked: bool) -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:
        faulty.on(moment, Say(reply))
        outbox = Outbox([letter(1)])
        assert relay.send(outbox.claim, outbox.record) is None
        assert outbox.answers[1] == Answer(1, Verdict.RETRY, reply.decode().strip())
        assert outbox.ever_marked(1) is marked
        assert not outbox.in_doubt
        assert faulty.mails == []

        outbox.waiting = [letter(1)]
        relay.send(outbox.claim, outbox.record)
        assert outbox.verdicts == {1: Verdict.SENT}
        assert len(faulty.mails) == 1
        assert faulty.connections == (2 if reply.startswith(b"421") else 1)


def test_f086_a_421_greeting_halts_the_sending_and_costs_one_letter_one_attempt() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port, connections=2), HELLO) as relay:
        faulty.on(Moment.CONNECT, Say(b"421 4.3.2 busy\r\n", drop=True), times=2)
        outbox = Outbox([letter(1), letter(2), letter(3)])
        halt = relay.send(outbox.claim, outbox.record)
        assert halt is not None
        assert not halt.blocked
        assert "421 4.3.2 busy" in halt.reason
        assert sorted(outbox.verdicts.values()) == [Verdict.RETRY, Verdict.RETURNED, Verdict.RETURNED]
        assert faulty.connections == 1


@pytest.mark.parametrize("greeting", [b"554 5.3.2 no service here\r\n", b"450 4.3.2 not now\r\n"])
def test_a_refusing_greeting_never_fails_a_letter(greeting: bytes) -> None:
    with FaultyRelay() as faulty:
        faulty.on(Moment.CONNECT, Say(greeting, drop=True))
        assert sent_over(settings(faulty.port), [letter(1)]).verdicts == {1: Verdict.RETRY}


@pytest.mark.parametrize(
    ("moment", "reply"),
    [
        (Moment.MAIL, b"553 5.1.8 sender refused\r\n"),
        (Moment.RCPT, b"550 5.1.1 no such user\r\n"),
        (Moment.RCPT, b"552 5.2.2 mailbox full\r\n"),
        (Moment.DATA, b"554 5.6.0 no\r\n"),
        (Moment.DOT, b"550 5.7.1 looks like spam\r\n"),
    ],
)
def test_f087_a_permanent_refusal_is_final(moment: Moment, reply: bytes) -> None:
    with FaultyRelay() as faulty:
        faulty.on(moment, Say(reply))
        outbox = sent_over(settings(faulty.port), [letter(1), letter(2)])
        assert outbox.answers[1] == Answer(1, Verdict.FAILED, reply.decode().strip())
        assert outbox.verdicts[2] is Verdict.SENT
        assert not outbox.in_doubt
        assert faulty.connections == 1


def test_f088_each_recipient_has_his_own_answer() -> None:
    people = ("anna@example.net", "bruno@example.net", "chloe@example.net", "david@example.net")
    with FaultyRelay() as faulty:
        faulty.on(Moment.RCPT, Say(b"452 4.2.2 mailbox full\r\n"), to=people[1])
        faulty.on(Moment.RCPT, Say(b"550 5.1.1 no such user\r\n"), to=people[2])
        outbox = sent_over(settings(faulty.port), [letter(n, person) for n, person in enumerate(people)])
        assert list(outbox.verdicts.values()) == [Verdict.SENT, Verdict.RETRY, Verdict.FAILED, Verdict.SENT]
        assert [mail.recipient for mail in faulty.mails] == [people[0], people[3]]


def test_f089_lost_after_the_dot_stays_in_doubt_and_goes_again_as_the_same_mail() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:
        faulty.on(Moment.DOT, Drop(accept=True))
        outbox = Outbox([letter(1)])
        assert relay.send(outbox.claim, outbox.record) is None
        assert outbox.verdicts == {1: Verdict.UNKNOWN}
        assert outbox.in_doubt == {1}

        outbox.waiting = [letter(1)]
        relay.send(outbox.claim, outbox.record)
        assert outbox.verdicts == {1: Verdict.SENT}
        assert not outbox.in_doubt
        first, second = faulty.mails
        assert (first.message_id, first.raw) == (second.message_id, second.raw)


def test_no_answer_to_the_dot_in_time_stays_in_doubt_and_the_connection_is_never_used_again() -> None:
    with FaultyRelay() as faulty:
        faulty.on(Moment.DOT, Stall())
        outbox = sent_over(settings(faulty.port), [letter(1), letter(2)], Timeouts(text=SHORT))
        assert outbox.verdicts == {1: Verdict.UNKNOWN, 2: Verdict.SENT}
        assert faulty.connections == 2
        assert not [command for command in faulty.commands if command.connection == 1 and "client2" in command.line]


@pytest.mark.parametrize("moment", [Moment.MAIL, Moment.RCPT, Moment.DATA])
def test_no_answer_before_the_text_is_tried_again_over_another_connection(moment: Moment) -> None:
    with FaultyRelay() as faulty:
        faulty.on(moment, Stall())
        outbox = sent_over(settings(faulty.port), [letter(1), letter(2)], Timeouts(command=SHORT, data=SHORT))
        assert outbox.verdicts == {1: Verdict.RETRY, 2: Verdict.SENT}
        assert not outbox.in_doubt
        assert faulty.connections == 2


@pytest.mark.parametrize("moment", [Moment.MAIL, Moment.RCPT, Moment.DATA])
def test_a_connection_lost_before_the_text_is_tried_again(moment: Moment) -> None:
    with FaultyRelay() as faulty:
        faulty.on(moment, Drop())
        outbox = sent_over(settings(faulty.port), [letter(1), letter(2)])
        assert outbox.verdicts == {1: Verdict.RETRY, 2: Verdict.SENT}
        assert not outbox.in_doubt
        assert [mail.recipient for mail in faulty.mails] == ["client2@example.net"]


@pytest.mark.parametrize("moment", [Moment.CONNECT, Moment.EHLO])
def test_a_relay_that_greets_nobody_in_time_halts_the_sending(moment: Moment) -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO, Timeouts(connect=SHORT, command=SHORT)) as relay:
        faulty.on(moment, Stall())
        outbox = Outbox([letter(1), letter(2)])
        halt = relay.send(outbox.claim, outbox.record)
        assert halt == Halt(f"localhost port {faulty.port}: the relay did not answer in time", blocked=False)
        assert outbox.verdicts == {1: Verdict.RETRY, 2: Verdict.RETURNED}


def test_f090_a_late_answer_is_an_answer_and_holds_up_nobody_else() -> None:
    late = Stall()
    with FaultyRelay() as faulty, Relay(settings(faulty.port, connections=2), HELLO) as relay:
        faulty.on(Moment.DOT, late, to="client1@example.net")
        outbox = Outbox([letter(n) for n in range(1, 6)])
        sending = Sending(relay, outbox)
        outbox.wait_for(lambda: len(outbox.answers) == 4)
        outbox.waiting = [letter(6)]
        relay.wake()
        outbox.wait_for(lambda: len(outbox.answers) == 5)
        assert 1 not in outbox.answers
        late.until.set()
        assert sending.end() is None
        assert set(outbox.verdicts.values()) == {Verdict.SENT}
        assert len(faulty.mails) == 6


def test_f091_what_dies_before_the_mark_is_recorded_was_never_sent() -> None:
    def disk_full(steps: Sequence[Step]) -> None:
        raise OSError("disk full")

    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:
        outbox = Outbox([letter(1)], disk_full)
        with pytest.raises(OSError, match="disk full"):
            relay.send(outbox.claim, outbox.record)
        assert not faulty.seen("DATA")
        assert faulty.mails == []


def test_f091_what_dies_before_the_answer_is_recorded_stays_in_doubt() -> None:
    def disk_full(steps: Sequence[Step]) -> None:
        if any(isinstance(step, Answer) for step in steps):
            raise OSError("disk full")

    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:
        outbox = Outbox([letter(1)], disk_full)
        with pytest.raises(OSError, match="disk full"):
            relay.send(outbox.claim, outbox.record)
        assert outbox.in_doubt == {1}
        assert len(faulty.mails) == 1


def test_f092_a_relay_that_is_down_is_asked_once_and_the_queue_then_drains_in_its_order() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:
        faulty.refuse()
        outbox = Outbox([letter(n) for n in range(5000)])
        halt = relay.send(outbox.claim, outbox.record)
        assert halt is not None
        assert not halt.blocked
        assert list(outbox.verdicts.values()).count(Verdict.RETRY) == 1
        assert outbox.claims == [16]

        faulty.listen_again()
        outbox = Outbox([letter(n) for n in range(200)])
        assert relay.send(outbox.claim, outbox.record) is None
        assert [mail.recipient for mail in faulty.mails] == [f"client{n}@example.net" for n in range(200)]
        assert set(outbox.verdicts.values()) == {Verdict.SENT}


def test_f093_a_wrong_password_is_tried_once_and_every_letter_keeps_its_place() -> None:
    with FaultyRelay(extensions=("AUTH CRAM-MD5 LOGIN PLAIN",)) as faulty:
        wrong = settings(faulty.port, connections=4, username="robot", password="rotated")
        outbox = Outbox([letter(n) for n in range(20)])
        with Relay(wrong, HELLO) as relay:
            halt = relay.send(outbox.claim, outbox.record)
        assert halt is not None
        assert halt.blocked
        assert "refused our login: 535 5.7.8 wrong password" in halt.reason
        assert len(faulty.seen("AUTH")) == 1
        assert sorted(outbox.verdicts.values()) == [Verdict.BLOCKED] + [Verdict.RETURNED] * 19

        outbox = sent_over(settings(faulty.port, username="robot", password="s3cret"), [letter(1)])
        assert outbox.verdicts == {1: Verdict.SENT}


@pytest.mark.parametrize("moment", [Moment.MAIL, Moment.RCPT])
def test_f093_a_relay_that_wants_a_login_halts_the_sending(moment: Moment) -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:
        faulty.on(moment, Say(b"530 5.7.0 Authentication required\r\n"))
        outbox = Outbox([letter(1), letter(2)])
        assert relay.send(outbox.claim, outbox.record) == Halt("530 5.7.0 Authentication required", blocked=True)
        assert outbox.verdicts == {1: Verdict.BLOCKED, 2: Verdict.RETURNED}
        assert not outbox.in_doubt


def test_a_login_that_the_relay_cannot_check_now_is_tried_later() -> None:
    with FaultyRelay(extensions=("AUTH PLAIN",)) as faulty:
        faulty.on(Moment.AUTH, Say(b"454 4.7.0 temporary\r\n"))
        outbox = sent_over(settings(faulty.port, username="robot", password="s3cret"), [letter(1)])
        assert outbox.verdicts == {1: Verdict.RETRY}


def test_a_username_for_a_relay_without_login_blocks() -> None:
    with FaultyRelay() as faulty:
        outbox = sent_over(settings(faulty.port, username="robot", password="s3cret"), [letter(1)])
        assert outbox.verdicts == {1: Verdict.BLOCKED}


def test_one_letter_can_be_sent_alone() -> None:
    with FaultyRelay() as faulty:
        assert send_one(settings(faulty.port), HELLO, letter(1)) == Answer(1, Verdict.SENT, "250 2.0.0 queued")
        faulty.refuse()
        assert send_one(settings(faulty.port), HELLO, letter(1)).verdict is Verdict.RETRY
