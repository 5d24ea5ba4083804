"""Sound sections and their secrets into the plain values of model.Site."""

from datetime import timedelta
from pathlib import Path

from mailbot import model
from mailbot.model import Language, Transport
from mailbot.parsers import address
from mailbot.settings import keys, oauth2
from mailbot.settings.sections import Box, Person, Written
from mailbot.settings.unlocked import Login, Unlocked

_IMAP_PORTS = {Transport.TLS: 993, Transport.STARTTLS: 143, Transport.NONE: 143}
_SMTP_PORTS = {Transport.TLS: 465, Transport.STARTTLS: 587, Transport.NONE: 25}
_SECOND = timedelta(seconds=1)


def site(written: Written, secrets: Unlocked, directory: Path) -> model.Site | None:
    """None where a section is missing."""
    if not (written.robot and written.smtp and written.security and written.limits and written.budget):
        return None
    if not (written.retention and written.alarm):
        return None
    own = robot(written.robot, written.security)
    return model.Site(
        directory=str(directory.absolute()),
        database=secrets.database,
        robot=own,
        smtp=smtp(written.smtp, secrets.smtp, directory),
        security=security(written.security, secrets.key, directory),
        mailboxes=tuple(
            mailbox(box, login, directory) for box, login in zip(written.boxes, secrets.mailboxes, strict=True)
        ),
        agents=tuple(agent(person, own.language) for person in written.persons),
        limits=limits(written.limits),
        budget=budget(written.budget),
        retention=model.Retention(raw=written.retention.raw),
        alarm=alarm(written.alarm),
    )


def robot(written: keys.Robot, guard: keys.Security) -> model.Robot:
    return model.Robot(
        organisation=written.organisation,
        language=Language(written.language[:2]),
        locale=written.language,
        timezone=written.timezone,
        domain=written.domain,
        admin=written.admin,
        phone=written.phone,
        emergency_phone=written.emergency_phone,
        emergency_note=_note(written.emergency_note),
        request_word=written.request_word,
        acknowledge_within=written.acknowledge_within,
        reopen_window=written.reopen_window,
        reading=reading(written, guard),
    )


def reading(written: keys.Robot, guard: keys.Security | None) -> model.Reading:
    return model.Reading(
        account_patterns=tuple(written.account_pattern),
        order_patterns=tuple(written.order_pattern),
        domain=written.domain,
        timezone=written.timezone,
        spam=(guard.spam.header, guard.spam.value) if guard and guard.spam else ("", ""),
        forms=frozenset(map(address.key, guard.forms)) if guard else frozenset(),
    )


def _note(written: keys.Note) -> tuple[tuple[Language, str], ...]:
    return tuple((language, text) for language, text in ((Language.FR, written.fr), (Language.EN, written.en)) if text)


def smtp(written: keys.Smtp, login: Login, directory: Path) -> model.Smtp:
    return model.Smtp(
        host=written.host,
        port=written.port or _SMTP_PORTS[written.security],
        security=written.security,
        username=written.username,
        password=login.password,
        connections=written.connections,
        ca_file=_path(written.ca_file, directory),
        null_sender=written.null_sender,
        oauth2=_client(written, "", login, directory),
    )


def security(written: keys.Security, key: bytes, directory: Path) -> model.Security:
    elsewhere = written.key_env or written.key_credential
    return model.Security(
        key=key,
        trusted_authserv_ids=tuple(written.trusted_authserv_ids),
        sender_authentication=written.sender_authentication,
        agents=written.agents,
        blocked=frozenset(map(address.key, written.blocked)),
        key_file=None if elsewhere else _path(written.key_file, directory),
        authentication_profile=written.authentication_profile,
    )


def alarm(written: keys.Alarm) -> model.Alarm:
    return model.Alarm(mailbox_down=written.mailbox_down, mailbox_silent=written.mailbox_silent, digest=written.digest)


def budget(written: keys.Budget) -> model.Budget:
    return model.Budget(
        registered=written.registered,
        others=written.others,
        domain=written.domain,
        mailbox=written.mailbox,
        site=written.site,
    )


def limits(written: keys.Limits) -> model.Limits:
    return model.Limits(
        message=written.message,
        worker_cpu=written.worker_cpu // _SECOND,
        worker_wall=written.worker_wall // _SECOND,
        worker_memory=written.worker_memory,
        workers=written.workers,
    )


def _client(written: keys.Smtp | keys.Imap, mailbox: str, login: Login, directory: Path) -> model.OAuth2 | None:
    if written.oauth2 is None:
        return None
    return oauth2.client(written.oauth2, mailbox, login, directory)


def mailbox(box: Box, login: Login, directory: Path) -> model.Mailbox:
    ids = box.mailbox.trusted_authserv_ids
    return model.Mailbox(
        key=box.name,
        address=box.mailbox.address,
        department=box.mailbox.department,
        imap=_imap(box, login, directory),
        start=box.imap.start,
        processed=box.imap.processed,
        subaddress=box.imap.subaddress,
        poll_interval=box.imap.poll_interval,
        trusted_authserv_ids=None if ids is None else tuple(ids),
        authentication_profile=box.mailbox.authentication_profile,
    )


def _imap(box: Box, login: Login, directory: Path) -> model.Imap:
    written = box.imap
    return model.Imap(
        host=written.host,
        port=imap_port(written),
        security=written.security,
        username=written.username,
        password=login.password,
        folder=written.folder,
        sent_folder=written.sent_folder,
        ca_file=_path(written.ca_file, directory),
        oauth2=_client(written, box.name, login, directory),
    )


def imap_port(written: keys.Imap) -> int:
    return written.port or _IMAP_PORTS[written.security]


def agent(person: Person, language: Language) -> model.Agent:
    """`language` is the site's, for one whose section names none."""
    written = person.agent
    return model.Agent(
        key=person.name,
        name=written.name,
        email=written.email,
        language=written.language or language,
        departments=tuple(written.departments),
        calendar=written.calendar,
        may=tuple(written.may),
    )


def _path(name: str | None, directory: Path) -> str | None:
    return None if name is None else str((directory / name).absolute())
