"""What doctor makes of what it sees: values in, findings out."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sites import mailbox, site

from mailbot.imap import Folder, Listed, Quota
from mailbot.model import AuthenticationResult, Processed, ProcessedMode, Profile, ProfileMode, Site
from mailbot.store.intake import Box
from mailbot.work.doctor import certificates, clocks, evidence, holes, lag, trust
from mailbot.work.doctor.evidence import FORGED, Seen
from mailbot.work.doctor.finding import Finding, Verdict
from mailbot.work.doctor.mailbox import abilities, quotas
from mailbot.work.doctor.rounds import Examination, rounds
from mailbot.work.receive import LATE

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
SITE = site()
OURS = "mx.example.com"
BOX = Box("support", 7, 0, NOW - 30 * DAY, looked_at=NOW - 30 * SECOND)


def verdicts(found: Iterable[Finding]) -> list[tuple[str, Verdict]]:
    return [(finding.check, finding.verdict) for finding in found]


# the rounds


def test_an_examination_that_breaks_off_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)

    def broken() -> Iterator[Finding]:
        yield Finding("relay", "login", Verdict.OK, "logged in")
        raise ZeroDivisionError

    found = list(rounds([Examination("relay", broken)], 60))
    for thread in threading.enumerate():
        if thread.name == "doctor-relay":
            thread.join()
    assert verdicts(found) == [("login", Verdict.OK), ("examination", Verdict.PROBLEM)]
    assert found[-1].says == "it broke off after login; nothing more was looked at"
    assert [args.exc_type for args in told] == [ZeroDivisionError]


# the folder and its server


def test_a_server_without_any_extension_is_only_a_problem_where_processed_asks_for_it() -> None:
    nothing: frozenset[str] = frozenset()
    moving = mailbox(processed=Processed(ProcessedMode.MOVE, folder="Done"))
    deleting = mailbox(processed=Processed(ProcessedMode.DELETE_AFTER, after=30 * DAY))
    assert {finding.verdict for finding in abilities("x", mailbox(), nothing)} == {Verdict.OK}
    for box, offered in ((moving, nothing), (deleting, nothing), (deleting, frozenset({"MOVE"}))):
        assert verdicts(abilities("x", box, offered))[-1] == ("UIDPLUS", Verdict.PROBLEM)
    for box, offered in ((moving, frozenset({"MOVE"})), (moving, frozenset({"UIDPLUS"}))):
        assert verdicts(abilities("x", box, offered))[-1] == ("UIDPLUS", Verdict.OK)


def test_without_idle_it_says_how_often_is_looked() -> None:
    idle = next(abilities("x", mailbox(poll_interval=timedelta(seconds=30)), frozenset()))
    assert idle.says == "not offered: new mail is looked for every 30 s (poll_interval)"


@pytest.mark.parametrize(
    ("used", "verdict"), [(0, Verdict.OK), (899, Verdict.OK), (900, Verdict.WARNING), (1000, Verdict.PROBLEM)]
)
def test_a_quota_is_a_warning_from_ninety_percent_and_a_problem_when_full(used: int, verdict: Verdict) -> None:
    (found,) = quotas("x", [Quota("MESSAGE", used, 1000)])
    assert (found.verdict, found.value) == (verdict, used // 10)


def test_a_quota_of_room_is_told_as_people_read_it() -> None:
    (found,) = quotas("x", [Quota("STORAGE", 5 << 20, 10 << 20)])
    assert found.says == "50 % of 10.0 GiB is used"


@pytest.mark.parametrize(("days", "verdict"), [(15, Verdict.OK), (13, Verdict.WARNING)])
def test_a_certificate_is_a_warning_two_weeks_before_its_end(days: int, verdict: Verdict) -> None:
    (found,) = certificates.of("x", "TLSv1.3", NOW + days * DAY, NOW)
    assert (found.verdict, found.says.startswith("TLSv1.3, certificate until 2026-03-")) == (verdict, True)


# what waits


def compared(recorded: Iterable[int], there: Iterable[int], oldest: datetime | None = None) -> Finding:
    ledger = lag.Ledger(BOX, frozenset(recorded), NOW - 12 * MINUTE)
    return lag.compared("x", ledger, tuple(there), oldest, NOW, 15 * MINUTE)


def test_nothing_that_waits_is_well() -> None:
    assert compared({1, 2}, (1, 2)).says == "all mail is recorded; the newest came 12 min ago"


@pytest.mark.parametrize(
    ("since", "verdict"), [(SECOND, Verdict.OK), (5 * MINUTE, Verdict.WARNING), (20 * MINUTE, Verdict.PROBLEM)]
)
def test_mail_that_waits_is_a_warning_and_then_a_problem(since: timedelta, verdict: Verdict) -> None:
    box = replace(BOX, looked_at=NOW - since)
    ledger = lag.Ledger(box, frozenset({1}), None)
    found = lag.compared("x", ledger, (1, 2, 3), NOW - since, NOW, 15 * MINUTE)
    assert (found.verdict, found.value) == (verdict, 2)


def test_mail_with_an_old_date_waits_only_since_our_last_look() -> None:
    assert compared({1}, (1, 2), NOW - 900 * DAY).verdict is Verdict.OK


def test_mail_far_below_the_newest_that_nobody_recorded_is_a_problem() -> None:
    newest = 6 + LATE
    found = compared({1, 2, 5, newest}, (1, 2, 3, 4, 5, newest, newest + 1))
    assert (found.verdict, found.value) == (Verdict.PROBLEM, 2)
    assert found.says == "passed by and never read: 2 mails (UID 3, 4)"


def test_mail_that_is_looked_for_again_is_not_given_up() -> None:
    newest = 6 + LATE
    found = compared({1, newest}, (1, 6, 7, newest))
    assert (found.verdict, found.value) == (Verdict.WARNING, 2)
    assert found.says == "shown only after younger mail, and not recorded yet: 2 mails (UID 6, 7)"
    assert found.advice.startswith("`mailbot run` takes them in within ten minutes")


def test_a_folder_numbered_anew_is_not_compared() -> None:
    ledger = lag.Ledger(BOX, frozenset(), None)
    assert ledger.is_of(Folder("INBOX", 7, 1, 0, True))
    assert not ledger.is_of(Folder("INBOX", 8, 1, 0, True))


# clocks


@pytest.mark.parametrize(
    ("apart", "says"),
    [
        (59, "the relay's clock and ours agree"),
        (-59, "the relay's clock and ours agree"),
        (60, "our clock is 60 s behind the relay's"),
        (-7200, "our clock is 2 h ahead of the relay's"),
    ],
)
def test_a_clock_is_wrong_from_a_minute(apart: int, says: str) -> None:
    found = clocks.against("x", NOW + apart * SECOND, NOW, "the relay's")
    assert (found.says, found.value, found.verdict is Verdict.OK) == (says, apart, "agree" in says)


@pytest.mark.parametrize(
    "greeting",
    [
        "220 mx.example.com ESMTP Exim 4.98 Tue, 10 Mar 2026 16:00:00 +0100",
        "220 mx ESMTP Sendmail 8.18.1/8.18.1; Tue, 10 Mar 2026 11:00:00 -0400",
        "220 mx Microsoft ESMTP MAIL Service ready at Tue, 10 Mar 2026 15:00:00 +0000",
    ],
)
def test_a_relay_that_greets_with_its_time_shows_its_clock(greeting: str) -> None:
    (found,) = clocks.of_greeting("relay", greeting, NOW + timedelta(hours=1))
    assert found.says == "our clock is 60 min ahead of the relay's"


@pytest.mark.parametrize("greeting", ["220 mx ESMTP Postfix", "220 mx 99 Foo 2026 99:99:99 +9999", ""])
def test_a_relay_that_greets_without_a_time_shows_nothing(greeting: str) -> None:
    assert list(clocks.of_greeting("relay", greeting, NOW)) == []


def of_mails(ahead: timedelta, late: Iterable[int], now: datetime = NOW) -> list[Finding]:
    """Mails that came in the last hour by our clock, each recorded so many seconds after it came."""
    came = [NOW - timedelta(hours=1) + n * MINUTE for n, _ in enumerate(late)]
    listed = [Listed(uid, 9, when + ahead) for uid, when in enumerate(came)]
    recorded = {uid: when + seconds * SECOND for uid, (when, seconds) in enumerate(zip(came, late, strict=True))}
    return list(clocks.of_mails("x", listed, recorded, now))


def test_a_server_may_say_any_time() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    (found,) = clocks.of_mails("x", [Listed(1, 10, last)], {1: NOW - DAY}, NOW)
    assert found.says.startswith("our clock is 29")


def test_a_servers_clock_shows_in_when_its_mails_were_recorded() -> None:
    late = (3, 40, 900, 2, 1)
    assert [finding.verdict for finding in of_mails(SECOND, late)] == [Verdict.OK]
    (ahead,) = of_mails(timedelta(hours=3, minutes=1), late)
    assert ahead.says == "our clock is 3 h behind the server's"
    (behind,) = of_mails(timedelta(hours=-3), late)
    assert behind.says == "our clock is 3 h ahead of the server's, or mail is recorded as late as that"
    assert behind.verdict is Verdict.WARNING


def test_a_few_mails_that_had_to_wait_say_nothing_of_a_clock() -> None:
    assert of_mails(timedelta(0), (700, 800)) == []


def test_where_nobody_shows_his_clock_it_says_so() -> None:
    assert [finding.check for finding in clocks.untold([])] == ["clock"]
    assert list(clocks.untold([clocks.against("x", NOW, NOW, "its")])) == []


# authentication


def mail(*stamps: tuple[str, int], subject: str = "Panne", claims: Iterable[str] = ()) -> Seen:
    """Each stamp is an authserv-id and how many Received fields stand above its field; each says something else."""
    results = tuple(
        AuthenticationResult(name, ("dmarc", "dkim")[number], "pass", (), number, received)
        for number, (name, received) in enumerate(stamps)
    )
    return Seen(subject, ("support@example.com",), results, frozenset(claims))


def told(mails: list[Seen], there: Site = SITE) -> list[Finding]:
    """Without how the profile fits."""
    found = evidence.authentication("x", there, there.border("support"), mails)
    return [finding for finding in found if finding.check != evidence.PROFILE]


def fits(mails: list[Seen], mode: ProfileMode, received: int = 0) -> Finding:
    there = site(security={"authentication_profile": Profile(mode, received)})
    found = evidence.authentication("x", there, there.border("support"), mails)
    return next(finding for finding in found if finding.check == evidence.PROFILE)


def test_it_names_who_wrote_authentication_results_and_who_of_them_is_trusted() -> None:
    mails = [mail((OURS, 0), ("mx.elsewhere.example", 2)), mail((OURS, 0)), mail()]
    (found,) = told(mails)
    elsewhere = "mx.elsewhere.example (not trusted, below 2 Received) in 1"
    assert found.says == f"of the last 3 mails mx.example.com (trusted, on top) in 2, {elsewhere}"
    assert found.value == "mx.example.com, mx.elsewhere.example"


def test_what_strangers_call_themselves_is_told_in_short() -> None:
    (found,) = told([mail((f"{n}{'x' * 5000}", 0)) for n in range(50)])
    assert len(found.says) + len(str(found.value)) < 2500


@pytest.mark.parametrize(("mails", "advice"), [([mail((OURS, 0))], "Name those"), ([mail()], "Have your mail server")])
def test_where_nobody_is_trusted_it_warns_with_what_to_do(mails: list[Seen], advice: str) -> None:
    (found,) = told(mails, site(security={"trusted_authserv_ids": ()}))
    assert (found.verdict, found.advice.startswith(advice)) == (Verdict.WARNING, True)


@pytest.mark.parametrize(
    "strange",
    [mail((OURS, 0), (OURS, 1)), mail((OURS, 3))],
    ids=["twice", "lower"],
)
def test_a_trusted_name_below_its_place_may_be_a_senders(strange: Seen) -> None:
    _, forgery = told([mail((OURS, 0)), mail((OURS, 0)), strange])
    assert (forgery.check, forgery.verdict, forgery.value) == (evidence.FORGERY, Verdict.WARNING, 1)


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_several_stamps_of_one_border_at_its_usual_place_are_in_order(depth: int) -> None:
    """Filters for DKIM and DMARC write a field each; Gmail writes below its own Received field."""
    mails = [mail((OURS, depth), (OURS, depth)), mail((OURS, depth)), mail(("other.example", 5))]
    assert verdicts(told(mails)) == [("authentication", Verdict.OK)]


def test_it_says_in_how_many_mails_the_word_of_ones_own_server_counts() -> None:
    found = fits([mail((OURS, 0)), mail((OURS, 0), ("mx.elsewhere.example", 2))], ProfileMode.TOP)
    assert (found.verdict, found.says) == (
        Verdict.OK,
        "top: the word of your own server counts in 2 of 2 mails",
    )


@pytest.mark.parametrize(
    ("mails", "mode", "received", "says"),
    [
        ([mail((OURS, 2))], ProfileMode.TOP, 0, "in 1 it stands too low"),
        ([mail((OURS, 4)), mail((OURS, 3))], ProfileMode.BORDER, 3, "in 1 it stands too low"),
        ([mail((OURS, 0))] * 150 + [mail()], ProfileMode.STRIPPED, 0, "1 bear none of its"),
        ([mail((OURS, 2)), mail(("mx.elsewhere.example", 3))], ProfileMode.BORDER, 3, "1 bear none of its"),
        ([mail(("", 2))], ProfileMode.M365, 0, "in 1 no ARC confirms it"),
    ],
)
def test_where_it_does_not_count_or_is_missing_it_warns(
    mails: list[Seen], mode: ProfileMode, received: int, says: str
) -> None:
    found = fits(mails, mode, received)
    assert (found.verdict, found.says.partition("; ")[2]) == (Verdict.WARNING, says)
    assert found.advice


@pytest.mark.parametrize(
    "mails",
    [
        [mail((OURS, 0))] * 300 + [mail()],
        [mail((OURS, 0)), replace(mail(), own=True)],
    ],
    ids=["one in three hundred", "the robot's own"],
)
def test_that_a_few_mails_bear_none_is_in_order(mails: list[Seen]) -> None:
    assert fits(mails, ProfileMode.STRIPPED).verdict is Verdict.OK


def test_that_what_is_trusted_stands_in_no_mail_is_told_once_there_are_a_few() -> None:
    found = fits([mail(("mx.exmaple.com", 0))] * 10, ProfileMode.TOP)
    assert (found.verdict, found.says) == (
        Verdict.WARNING,
        "what is trusted stands in none of the last 10 mails, so nobody counts as authenticated",
    )
    assert verdicts(told([mail()] * 9)) == [("authentication", Verdict.OK)]
    assert [one.check for one in evidence.authentication("x", SITE, SITE.border("support"), [mail()] * 9)] == [
        "authentication"
    ]


def test_where_forged_fields_are_seen_to_be_taken_out_a_mail_without_any_is_in_order() -> None:
    (proposed,) = evidence.untested([], SITE)
    tested = mail(subject=proposed.advice.split('"')[1])
    assert fits([tested, mail((OURS, 1))], ProfileMode.STRIPPED).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("place", "profile"),
    [
        (("mx.google.com", 2), 'mx.google.com would count under authentication_profile = "border:2"'),
        ((OURS, 0), 'mx.example.com would count under authentication_profile = "top"'),
        (("", 3), 'or set authentication_profile = "m365"'),
    ],
)
def test_a_name_that_is_not_trusted_is_told_with_the_profile_under_which_it_would_count(
    place: tuple[str, int], profile: str
) -> None:
    (found,) = told([mail(place)], site(security={"trusted_authserv_ids": ()}))
    assert profile in found.advice


def test_the_same_method_twice_under_a_trusted_name_may_be_a_senders() -> None:
    twice = tuple(AuthenticationResult(OURS, "dmarc", "pass", (), number) for number in range(2))
    _, forgery = told([replace(mail(), results=twice)])
    assert (forgery.check, forgery.verdict) == (evidence.FORGERY, Verdict.WARNING)


def test_a_forged_field_that_came_through_is_a_problem() -> None:
    _, forgery = told([mail((OURS, 0), (OURS, 1), claims=[OURS])])
    assert forgery.verdict is Verdict.PROBLEM
    assert "anybody can pass for anybody" in forgery.says


def header(subject: str, *fields: str) -> bytes:
    return "\r\n".join((*fields, "From: a@b.example", f"Subject: {subject}", "", "")).encode()


def test_the_test_that_it_proposes_shows_whether_forged_fields_are_taken_out() -> None:
    (proposed,) = evidence.untested([], SITE)
    subject, field = proposed.advice.split('"')[1], proposed.advice.split('"')[3]
    stripped = evidence.seen(header(subject, "Received: from a by b", "Received: from c by a"), SITE)
    through = evidence.seen(header(subject, "Received: from a by b", field), SITE)
    assert [finding.verdict for finding in told([stripped]) if finding.check == evidence.FORGERY] == [Verdict.OK]
    assert [finding.verdict for finding in told([through]) if finding.check == evidence.FORGERY] == [Verdict.PROBLEM]
    assert list(evidence.untested(told([stripped]), SITE)) == []


def test_nobody_without_the_key_can_say_that_all_is_well() -> None:
    (proposed,) = evidence.untested([], site(security={"key": b"x" * 32}))
    guessed = evidence.seen(header(proposed.advice.split('"')[1]), SITE)
    assert verdicts(told([guessed])) == [("authentication", Verdict.OK)]


def test_a_claim_of_anybody_else_is_no_forgery_of_ours() -> None:
    field = f"Authentication-Results: mx.elsewhere.example; dmarc=pass header.from={FORGED}"
    assert verdicts(told([evidence.seen(header("a", field), SITE)])) == [("authentication", Verdict.OK)]


@pytest.mark.parametrize(
    ("recipient", "separator", "says"),
    [
        ("support+7k3f@example.com", "+", "mail to support+TAG@example.com arrives"),
        ("support+7k3f@example.com", "", "mail to support+TAG@example.com arrives, and is not used"),
        ("support@example.com", "+", "mail to support+TAG@example.com is awaited, and none has come of late"),
        ("support@example.com", "", "not used; whether mail to support+TAG@example.com arrives is not known"),
    ],
)
def test_a_subaddress_shows_in_the_mails_that_came(recipient: str, separator: str, says: str) -> None:
    seen = replace(mail(), recipients=(recipient,))
    assert evidence.subaddress("x", mailbox(subaddress=separator), [seen]).says == says


# versions


def test_a_server_with_a_known_hole_is_named_with_it() -> None:
    (old,) = holes.of_server("x", "Dovecot", "2.3.19.1 (9b53102964)")
    (new,) = holes.of_server("x", "Dovecot", "2.4.3")
    assert (old.verdict, "CVE-2024-23184" in old.says) == (Verdict.WARNING, True)
    assert (new.verdict, new.says) == (Verdict.OK, "Dovecot 2.4.3")


def test_a_number_that_distributions_leave_as_it_was_proves_no_hole() -> None:
    """Debian 12 mended CVE-2024-23184, CVE-2026-27857 and CVE-2026-27859 in 2.3.19.1."""
    (found,) = holes.of_server("x", "Dovecot", "2.3.19.1")
    assert found.advice == "Have it updated, unless your distribution mended it and left it its number"
    assert "2026" not in found.says


@pytest.mark.parametrize(
    ("version", "hole"), [("15.13", True), ("15.14 (Debian)", False), ("16.9", True), ("17.6", False), ("18.1", False)]
)
def test_a_branch_that_got_the_fix_has_no_hole(version: str, hole: bool) -> None:
    (found,) = holes.of_server("database", "PostgreSQL", version)
    assert (found.verdict is Verdict.WARNING) == hole


@pytest.mark.parametrize("version", ["12.22", "13.22", "14.23"])
def test_a_branch_without_fixes_is_told_and_has_no_hole_that_was_mended(version: str) -> None:
    (found,) = holes.of_server("database", "PostgreSQL", version)
    assert found.says == f"PostgreSQL {version}: it gets no fixes any more"


def test_a_server_that_tells_no_version_is_left_alone() -> None:
    assert list(holes.of_server("x", "Dovecot", "")) == []


def test_the_libraries_that_are_pinned_have_no_known_holes() -> None:
    assert list(holes.of_libraries()) == []


def test_this_python_is_told_of_with_what_it_lacks() -> None:
    (found,) = holes.of_python()
    assert found.check == "Python"
    assert (found.verdict is Verdict.WARNING) == ("CVE" in found.says)


# settings


def test_settings_that_believe_more_are_called_weaker() -> None:
    weaker = site(security={"agents": "token", "sender_authentication": "address"})
    assert [finding.verdict for finding in trust.settings(weaker)][:2] == [Verdict.WARNING] * 2
    assert all(finding.advice.startswith("Weaker: ") for finding in tuple(trust.settings(weaker))[:2])
    assert {finding.verdict for finding in trust.settings(SITE)} == {Verdict.OK}


@pytest.mark.parametrize(
    ("mode", "verdict"), [(0o600, Verdict.OK), (0o400, Verdict.OK), (0o640, Verdict.WARNING), (0o660, Verdict.PROBLEM)]
)
def test_a_key_that_others_can_read_or_write_is_told(tmp_path: Path, mode: int, verdict: Verdict) -> None:
    key = tmp_path / "mailbot.key"
    key.touch()
    key.chmod(mode)
    *_, found = trust.settings(site(security={"key_file": str(key)}))
    assert (found.check, found.verdict, found.value) == ("key", verdict, f"{mode:04o}")


def test_a_key_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    *_, found = trust.settings(site(security={"key_file": str(tmp_path / "gone")}))
    assert (found.verdict, found.advice) == (Verdict.PROBLEM, "Put it back from a backup")
