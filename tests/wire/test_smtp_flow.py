"""How letters flow: connections kept and counted, marks before texts, stops that lose nothing."""

import threading
from collections.abc import Sequence

import pytest
from servers.faulty_smtp import PATIENCE, FaultyRelay
from servers.smtp_script import Action, Ask, Drop, Moment, Say, Stall
from smtp_outbox import HELLO, Outbox, Sending, Step, letter, sent_over, settings, until

from mailbot.smtp import Answer, Facts, Halt, Letter, Mark, Relay, Timeouts, Verdict, probe


def test_connections_are_kept_from_letter_to_letter_and_from_send_to_send() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:
        for round_ in range(3):
            outbox = Outbox([letter(n) for n in range(round_ * 10, round_ * 10 + 10)])
            assert relay.send(outbox.claim, outbox.record) is None
        assert faulty.connections == 1
        assert len(faulty.mails) == 30
        relay.close()
        assert faulty.seen("QUIT") == ["QUIT"]


def test_a_refused_recipient_does_not_end_the_connection_nor_the_next_transaction() -> None:
    with FaultyRelay() as faulty:
        faulty.on(Moment.RCPT, Say(b"550 5.1.1 no such user\r\n"), to="client1@example.net")
        outbox = sent_over(settings(faulty.port), [letter(1), letter(2)])
        assert outbox.verdicts == {1: Verdict.FAILED, 2: Verdict.SENT}
        assert faulty.connections == 1


def test_never_more_connections_than_configured_and_all_of_them_at_once() -> None:
    together = threading.Barrier(3)

    def meet(recipient: str) -> None:
        together.wait(PATIENCE)

    with FaultyRelay() as faulty:
        faulty.on(Moment.DOT, Ask(meet), times=30)
        outbox = sent_over(settings(faulty.port, connections=3), [letter(n) for n in range(30)])
        assert set(outbox.verdicts.values()) == {Verdict.SENT}
        assert faulty.most_present == faulty.connections == 3


def test_one_letter_opens_one_connection() -> None:
    with FaultyRelay() as faulty:
        sent_over(settings(faulty.port, connections=4), [letter(1)])
        assert faulty.connections == 1


def test_every_mark_is_recorded_before_its_text_is_asked_for() -> None:
    with FaultyRelay() as faulty:
        outbox = Outbox([letter(n) for n in range(40)])
        unmarked: list[str] = []

        def question(recipient: str) -> None:
            number = int(recipient.removeprefix("client").partition("@")[0])
            if number not in outbox.in_doubt:
                unmarked.append(recipient)

        faulty.on(Moment.DATA, Ask(question), times=40)
        with Relay(settings(faulty.port, connections=4), HELLO) as relay:
            relay.send(outbox.claim, outbox.record)
        assert len(faulty.mails) == 40
        assert unmarked == []
        assert not outbox.in_doubt


def test_each_letter_is_recorded_as_a_mark_and_then_one_answer() -> None:
    with FaultyRelay() as faulty:
        outbox = sent_over(settings(faulty.port, connections=4), [letter(n) for n in range(40)])
        for n in range(40):
            assert [type(step) for step in outbox.steps if step.id == n] == [Mark, Answer]


def test_what_gathers_while_a_group_is_recorded_is_the_next_group() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port, connections=4), HELLO) as relay:

        def slowly(steps: Sequence[Step]) -> None:
            if not outbox.groups:
                until(lambda: len(steps) + relay.gathered == 4)

        outbox = Outbox([letter(n) for n in range(4)], slowly)
        relay.send(outbox.claim, outbox.record)
        assert outbox.groups[0] + outbox.groups[1] >= 4
        assert sum(outbox.groups) == 8


def test_for_each_recorded_answer_a_letter_is_marked_before_its_turn() -> None:
    with FaultyRelay() as faulty:
        outbox = Outbox([letter(n) for n in range(10)])

        def next_is_marked(recipient: str) -> None:
            number = int(recipient.removeprefix("client").partition("@")[0])
            until(lambda: number + 1 in outbox.in_doubt)

        # While the relay thinks about one letter, the answer to the one before it is recorded.
        for n in (1, 2, 3):
            faulty.on(Moment.DOT, Ask(next_is_marked), to=f"client{n}@example.net")
        with Relay(settings(faulty.port), HELLO) as relay:
            relay.send(outbox.claim, outbox.record)
        assert set(outbox.verdicts.values()) == {Verdict.SENT}


def test_a_relay_that_has_answered_nothing_leaves_in_doubt_only_what_is_on_its_way() -> None:
    together = threading.Barrier(2)
    in_doubt: list[int] = []

    def meet(recipient: str) -> None:
        in_doubt.append(len(outbox.in_doubt))
        together.wait(PATIENCE)

    with FaultyRelay() as faulty:
        faulty.on(Moment.DOT, Ask(meet), times=2)
        outbox = Outbox([letter(n) for n in range(10)])
        with Relay(settings(faulty.port, connections=2), HELLO) as relay:
            relay.send(outbox.claim, outbox.record)
    assert max(in_doubt) == 2


def test_a_connection_that_the_relay_closed_while_idle_costs_no_attempt() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:
        for n in range(3):
            outbox = Outbox([letter(n)])
            relay.send(outbox.claim, outbox.record)
            assert outbox.verdicts == {n: Verdict.SENT}
            faulty.drop_all()
            faulty.wait_for(lambda: faulty.present == 0)
        assert faulty.connections == 3


@pytest.mark.parametrize("end", [Say(b"421 4.4.2 idle too long\r\n", drop=True), Drop()])
def test_a_kept_connection_that_ends_at_mail_costs_no_attempt(end: Action) -> None:
    with FaultyRelay() as faulty:
        faulty.on(Moment.MAIL, Ask(lambda recipient: None))
        faulty.on(Moment.MAIL, end)
        outbox = sent_over(settings(faulty.port), [letter(1), letter(2)])
        assert outbox.verdicts == {1: Verdict.SENT, 2: Verdict.SENT}
        assert faulty.connections == 2


def test_a_kept_connection_is_replaced_once_only() -> None:
    with FaultyRelay() as faulty:
        faulty.on(Moment.MAIL, Ask(lambda recipient: None))
        faulty.on(Moment.MAIL, Drop(), times=2)
        outbox = sent_over(settings(faulty.port), [letter(1), letter(2)])
        assert outbox.verdicts == {1: Verdict.SENT, 2: Verdict.RETRY}


def test_a_connection_idle_for_too_long_is_not_trusted() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO, Timeouts(idle=-1.0)) as relay:
        for n in range(2):
            outbox = Outbox([letter(n)])
            relay.send(outbox.claim, outbox.record)
        assert faulty.connections == 2


def test_a_relay_that_takes_fewer_connections_gets_all_letters_over_those() -> None:
    with FaultyRelay() as faulty:
        busy = Stall()
        faulty.on(Moment.DATA, busy)
        faulty.on(Moment.CONNECT, Ask(lambda recipient: None))
        faulty.on(Moment.CONNECT, Say(b"421 4.7.0 too many connections\r\n", drop=True), times=100)
        with Relay(settings(faulty.port, connections=4), HELLO) as relay:
            outbox = Outbox([letter(n) for n in range(200)])
            sending = Sending(relay, outbox)
            faulty.wait_for(lambda: faulty.connections == 4 and faulty.present == 1)
            busy.until.set()
            assert sending.end() is None
        assert set(outbox.verdicts.values()) == {Verdict.SENT}
        assert len(faulty.mails) == 200
        assert faulty.connections == 4


def test_letters_claimed_while_the_sending_halts_come_back() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:
        ninth = Stall()
        faulty.on(Moment.MAIL, Ask(lambda recipient: None), times=8)
        faulty.on(Moment.MAIL, ninth)
        faulty.on(Moment.RCPT, Say(b"530 5.7.0 Authentication required\r\n"), to="client8@example.net")
        outbox = Outbox([letter(n) for n in range(40)])

        def claim(room: int) -> Sequence[Letter]:
            if outbox.claims:
                ninth.until.set()
                until(lambda: relay.gathered >= 9)
            return outbox.claim(room)

        assert relay.send(claim, outbox.record) is not None
        assert outbox.claims == [16, 8]
        assert list(outbox.verdicts.values()) == [Verdict.SENT] * 8 + [Verdict.BLOCKED] + [Verdict.RETURNED] * 15


def test_stop_waits_for_the_letter_that_was_handed_over_and_returns_the_others() -> None:
    answer = Stall()
    with FaultyRelay() as faulty, Relay(settings(faulty.port, connections=2), HELLO) as relay:
        faulty.on(Moment.DOT, answer, to="client0@example.net")
        faulty.on(Moment.RCPT, Stall(), to="client1@example.net")
        outbox = Outbox([letter(n) for n in range(10)])
        sending = Sending(relay, outbox)
        faulty.wait_for(lambda: len(faulty.seen("RCPT")) == 2 and bool(faulty.seen("DATA")))
        outbox.wait_for(lambda: outbox.in_doubt == {0})
        faulty.wait_for(lambda: faulty.waiting == 2)
        relay.stop()
        outbox.wait_for(lambda: len(outbox.answers) == 9)
        answer.until.set()
        assert sending.end() == Halt("mailbot is stopping", blocked=False)
        assert outbox.verdicts == {0: Verdict.SENT} | {n: Verdict.RETURNED for n in range(1, 10)}
        assert not outbox.in_doubt
        assert relay.send(outbox.claim, outbox.record) == Halt("mailbot is stopping", blocked=False)
        assert len(faulty.mails) == 1


def test_stop_waits_no_longer_than_it_may_and_leaves_in_doubt_what_is() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO, Timeouts(stop=0.1)) as relay:
        faulty.on(Moment.DOT, Stall())
        outbox = Outbox([letter(1)])
        sending = Sending(relay, outbox)
        faulty.wait_for(lambda: faulty.waiting == 1)
        relay.close()
        sending.end()
        assert outbox.verdicts == {1: Verdict.UNKNOWN}
        assert outbox.in_doubt == {1}


def test_a_letter_marked_and_then_stopped_is_not_in_doubt() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:

        def stopping(steps: Sequence[Step]) -> None:
            relay.stop()

        outbox = Outbox([letter(1)], stopping)
        relay.send(outbox.claim, outbox.record)
        assert outbox.steps == [Mark(1), Answer(1, Verdict.RETURNED, "mailbot is stopping")]
        assert not faulty.seen("DATA")


def test_a_relay_that_was_closed_sends_nothing() -> None:
    with FaultyRelay() as faulty, Relay(settings(faulty.port), HELLO) as relay:
        relay.close()
        outbox = Outbox([letter(1)])
        assert relay.send(outbox.claim, outbox.record) == Halt("mailbot is stopping", blocked=False)
        relay.wake()
        assert outbox.claims == []


def test_no_delivery_report_is_wanted_for_what_has_no_sender() -> None:
    with FaultyRelay() as faulty:
        sent_over(settings(faulty.port), [letter(1, envelope_from=""), letter(2)])
        assert faulty.seen("MAIL") == ["MAIL FROM:<>", "MAIL FROM:<support@example.com>"]
        assert faulty.seen("RCPT") == ["RCPT TO:<client1@example.net> NOTIFY=NEVER", "RCPT TO:<client2@example.net>"]


def test_probe_says_what_the_relay_offers() -> None:
    with FaultyRelay(extensions=("8BITMIME", "AUTH PLAIN")) as faulty:
        facts = probe(settings(faulty.port, username="robot", password="s3cret"), HELLO)
        assert facts == Facts("220 faulty.example ESMTP", ("8bitmime", "auth"), "", logged_in=True)
        assert faulty.seen("EHLO") == [f"EHLO {HELLO}"]


def test_probe_says_what_is_wrong() -> None:
    with FaultyRelay() as faulty:
        faulty.refuse()
        assert f"localhost port {faulty.port}: " in probe(settings(faulty.port), HELLO).trouble
