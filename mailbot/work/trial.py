"""The wires tried once, for `mailbot check --connect`: the relay, each mailbox, and a mail to each subaddress."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot import imap, smtp
from mailbot.model import Draft, Mailbox, Message, ProcessedMode, ProfileMode, Purpose, Site
from mailbot.parsers.message import parse
from mailbot.render import Press
from mailbot.sender.standing import Standing, standing
from mailbot.smtp import Letter, Verdict

# A mail to ourselves passes the relay and the site's own servers; greylisting may hold it longer.
PATIENCE = 60.0
LOOK_AGAIN = 0.5


@dataclass(frozen=True, slots=True)
class Tried:
    """`what` was tried, `found` as a sentence; where it is not `good` the sentence says what to do."""

    what: str
    found: str
    good: bool = True


def try_relay(site: Site) -> Tried:
    facts = smtp.probe(site.smtp, site.robot.domain)
    if facts.trouble:
        return Tried("relay", facts.trouble, good=False)
    login = f"logged in as {site.smtp.username}" if facts.logged_in else "no login"
    return Tried("relay", f"{facts.tls or 'no TLS'}, {login}, offers {', '.join(facts.extensions) or 'no extension'}")


def try_mailbox(site: Site, mailbox: Mailbox) -> Tried:
    what = f"mailbox {mailbox.key}"
    try:
        with imap.connect(mailbox.imap, site.limits.message) as connection:
            probe = connection.probe()
            found = [f"{probe.folder.exists} mails in {probe.folder.name}"]
            for setting, folder in folders(mailbox):
                what = f"mailbox {mailbox.key}, {setting}"
                name = connection.find(folder)
                found += [f"answers are read from {name}"] if folder == mailbox.imap.sent_folder else []
            if refusal := unmarkable(mailbox, connection):
                return Tried(f"mailbox {mailbox.key}, processed", refusal, good=False)
    except imap.ImapError as error:
        return Tried(what, str(error), good=False)
    found.append("tells of new mail at once (IDLE)" if "IDLE" in probe.capabilities else "is polled (no IDLE)")
    return Tried(f"mailbox {mailbox.key}", "; ".join(found))


def folders(mailbox: Mailbox) -> Iterator[tuple[str, str]]:
    """Those beside the one that is read, with the setting that names each."""
    if mailbox.processed.folder:
        yield f"processed = move:{mailbox.processed.folder}", mailbox.processed.folder
    if mailbox.imap.sent_folder:
        yield f"sent_folder = {mailbox.imap.sent_written}", mailbox.imap.sent_folder


def unmarkable(mailbox: Mailbox, connection: imap.Connection) -> str:
    """Why what `processed` asks for will not be done, as far as that shows without doing it; else ""."""
    if mailbox.processed.mode is ProcessedMode.KEEP or not connection.select(readonly=False).readonly:
        return ""
    return f'folder {mailbox.imap.folder!r} may only be read: set processed = "keep", or have the right given'


def try_subaddress(site: Site, mailbox: Mailbox, press: Press, now: datetime) -> Iterator[Tried]:
    """By a mail to the mailbox itself, and what stands in that of authentication.

    It stays there, and the robot will know it as its own.
    """
    separator = mailbox.subaddress or "+"
    what = f"mailbox {mailbox.key}, mail to {separator}TAG"
    mail = press.render(_draft(site, replace(mailbox, subaddress=separator)), now)
    local, _, domain = mailbox.address.rpartition("@")
    recipient = f"{local}{separator}{mail.tag}@{domain}"
    try:
        with imap.connect(mailbox.imap, site.limits.message) as connection:
            connection.select(readonly=True)
            last = max(connection.all_uids(), default=0)
            sent = smtp.send_one(site.smtp, site.robot.domain, Letter(0, mailbox.address, recipient, mail.raw))
            if sent.verdict is not Verdict.SENT:
                yield _refused(mailbox, what, sent.reply)
                return
            came = _comes(connection, last, mail.message_id, site)
    except imap.ImapError as error:
        yield Tried(what, str(error), good=False)
        return
    yield _judged(mailbox, what, separator, came=came is not None)
    if came:
        yield _authentication(site, mailbox, came)


def _draft(site: Site, mailbox: Mailbox) -> Draft:
    return Draft(
        template="probe",
        purpose=Purpose.ADMIN,
        language=site.robot.language,
        recipient=mailbox.address,
        mailbox=mailbox.key,
        cause=f"probe:{secrets.token_hex(8)}",
    )


def _comes(connection: imap.Connection, last: int, message_id: str, site: Site) -> Message | None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for entry in connection.fetch_headers(connection.uids_after(last)):
            message = parse(entry.raw, site.robot.reading)
            if message.message_id == message_id:
                return message
        time.sleep(LOOK_AGAIN)
        connection.select(readonly=True)
    return None


def _refused(mailbox: Mailbox, what: str, reply: str) -> Tried:
    if mailbox.subaddress:
        return Tried(what, f'refused: {reply}; set subaddress = "" for it', good=False)
    return Tried(what, f"refused ({reply}): leave subaddress empty, replies are known by their Message-ID")


def _authentication(site: Site, mailbox: Mailbox, came: Message) -> Tried:
    """No fault either way: some borders write nothing on mail that comes from within."""
    what = f"mailbox {mailbox.key}, Authentication-Results"
    border = site.border(mailbox.key)
    names = tuple(dict.fromkeys(result.authserv_id for result in came.authentication if result.authserv_id))
    unknown = [name for name in names if name not in border.authserv_ids]
    if border.profile.mode is ProfileMode.M365:
        return Tried(what, "Microsoft 365 confirms none in mail from within; `mailbot doctor` looks at other mail")
    if not names:
        return Tried(what, "none in our own mail; look into one from outside for what trusted_authserv_ids must name")
    if unknown:
        advice = "name it in trusted_authserv_ids if that is your own server"
        return Tried(what, f"written by {', '.join(unknown)}, which is not trusted: {advice}")
    if standing(came.authentication, border) is not Standing.COUNTS:
        says = f"written by {', '.join(names)}, which is trusted, but not where {border.profile} takes it"
        return Tried(what, f"{says}: see what `mailbot doctor` says of mail from outside")
    return Tried(what, f"written by {', '.join(names)}, which is trusted")


def _judged(mailbox: Mailbox, what: str, separator: str, *, came: bool) -> Tried:
    match came, bool(mailbox.subaddress):
        case True, True:
            return Tried(what, "it came back: subaddresses work")
        case True, False:
            return Tried(
                what, f'it came back: set subaddress = "{separator}" and replies are known by their address too'
            )
        case False, True:
            found = f'it did not come back within {PATIENCE:.0f} s: set subaddress = "" unless it is only late'
            return Tried(what, found, good=False)
        case _:
            return Tried(what, f"it did not come back within {PATIENCE:.0f} s: leave subaddress empty")
