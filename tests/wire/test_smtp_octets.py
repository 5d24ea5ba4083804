"""What goes over the wire and what comes back, F-094 to F-097: no octet of a letter is a command."""

import pytest
from servers.faulty_smtp import FaultyRelay
from servers.smtp_script import Moment, Say
from smtp_outbox import letter, sent_over, settings

from mailbot.smtp import Answer, Letter, Verdict


def test_f094_an_address_that_needs_smtputf8_fails_where_the_relay_has_none() -> None:
    with FaultyRelay(extensions=()) as faulty:
        outbox = sent_over(settings(faulty.port), [letter(1, "andré@example.net"), letter(2)])
        assert outbox.verdicts == {1: Verdict.FAILED, 2: Verdict.SENT}
        assert "SMTPUTF8" in outbox.answers[1].reply
        assert len(faulty.seen("MAIL")) == 1


def test_f094_smtputf8_is_asked_for_only_where_an_address_needs_it() -> None:
    with FaultyRelay() as faulty:
        people = ("andré@example.net", "andre@exämple.net", "andre@example.net")
        outbox = sent_over(settings(faulty.port), [letter(n, person) for n, person in enumerate(people)])
        assert set(outbox.verdicts.values()) == {Verdict.SENT}
        assert [line.endswith(" SMTPUTF8 BODY=8BITMIME") for line in faulty.seen("MAIL")] == [True, False, False]
        assert [mail.recipient for mail in faulty.mails] == [people[0], "andre@xn--exmple-cua.net", people[2]]


def test_f095_dots_and_line_ends_arrive_as_they_were_meant() -> None:
    raw = b".first\r\n.\r\n..two\nlone lf\rlone cr\r\n\r\n.\n.\r.\r\nno end"
    with FaultyRelay(extensions=()) as faulty:
        outbox = sent_over(
            settings(faulty.port), [Letter(1, "support@example.com", "anna@example.net", raw), letter(2)]
        )
        assert set(outbox.verdicts.values()) == {Verdict.SENT}
        expected = b".first\r\n.\r\n..two\r\nlone lf\r\nlone cr\r\n\r\n.\r\n.\r\n.\r\nno end\r\n"
        assert faulty.mails[0].raw == expected
        assert len(faulty.mails) == 2


@pytest.mark.parametrize(
    "address",
    [
        "anna@example.net>\r\nRCPT TO:<eve@example.org",
        "anna@example.net\nDATA",
        "anna@example.net> NOTIFY=SUCCESS <x@example.net",
        "anna\x00@example.net",
        "anna",
        "",
        "a" * 250 + "@example.net",
    ],
)
def test_f096_an_address_never_becomes_a_command(address: str) -> None:
    with FaultyRelay() as faulty:
        letters = [
            Letter(1, "support@example.com", address, b"\r\n"),
            Letter(2, address + "\n", "anna@example.net", b"\r\n"),
        ]
        outbox = sent_over(settings(faulty.port), letters)
        assert outbox.verdicts == {1: Verdict.FAILED, 2: Verdict.FAILED}
        assert faulty.commands == []


_ENDLESS = b"250-%s\r\n" % (b"x" * 500)
GARBAGE = [
    pytest.param(_ENDLESS * 2100 + b"250 end\r\n", id="multi-line 1 MiB"),
    pytest.param(b"250 " + b"y" * (1 << 20) + b"\r\n", id="one line of 1 MiB"),
    pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="another protocol"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\r\n", id="TLS where none is"),
    pytest.param(b"999 what\r\n", id="no such code"),
    pytest.param(b"150 wait\r\n", id="first digit 1"),
]


@pytest.mark.parametrize("octets", GARBAGE)
@pytest.mark.parametrize("moment", [Moment.CONNECT, Moment.MAIL, Moment.RCPT, Moment.DATA])
def test_f097_garbage_before_the_text_ends_the_connection_and_is_tried_again(moment: Moment, octets: bytes) -> None:
    with FaultyRelay() as faulty:
        faulty.on(moment, Say(octets))
        outbox = sent_over(settings(faulty.port), [letter(1)])
        assert outbox.verdicts == {1: Verdict.RETRY}
        assert len(outbox.answers[1].reply) <= 300
        faulty.wait_for(lambda: faulty.present == 0)


@pytest.mark.parametrize("octets", GARBAGE)
def test_f097_garbage_after_the_dot_leaves_the_letter_in_doubt(octets: bytes) -> None:
    with FaultyRelay() as faulty:
        faulty.on(Moment.DOT, Say(octets))
        outbox = sent_over(settings(faulty.port), [letter(1), letter(2)])
        assert outbox.verdicts == {1: Verdict.UNKNOWN, 2: Verdict.SENT}
        assert faulty.connections == 2


def test_f097_a_reply_in_eight_bits_and_with_controls_is_kept_as_one_printable_line() -> None:
    with FaultyRelay() as faulty:
        faulty.on(Moment.RCPT, Say(b"550-5.1.1 bo\xeete inconnue\x1b[31m\r\n550 caf\xc3\xa9\t\xe2\x80\xae fin\r\n"))
        outbox = sent_over(settings(faulty.port), [letter(1)])
        assert outbox.answers[1] == Answer(1, Verdict.FAILED, "550 5.1.1 bo?te inconnue?[31m café ? fin")


def test_a_long_reply_is_kept_in_part() -> None:
    with FaultyRelay() as faulty:
        faulty.on(Moment.RCPT, Say(b"550 " + b"no " * 1000 + b"\r\n"))
        reply = sent_over(settings(faulty.port), [letter(1)]).answers[1].reply
        assert reply.startswith("550 no no")
        assert len(reply) == 300


def test_replies_out_of_step_with_commands_are_noticed_before_the_text_goes_out() -> None:
    with FaultyRelay() as faulty:
        faulty.on(Moment.MAIL, Say(b"250 ok\r\n250 and once more\r\n"))
        outbox = sent_over(settings(faulty.port), [letter(1)])
        assert outbox.verdicts[1] is not Verdict.SENT
        assert faulty.mails == []
