"""`mailbot check`: what is configured, in a short form, and whether it can be used."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import output
from mailbot.cli.output import HERE, SiteOption, plural
from mailbot.model import Imap, Mailbox, Policy, ProcessedMode, Site, Smtp, Words

if TYPE_CHECKING:
    from mailbot.settings import Checked
    from mailbot.settings.rules import Rules
    from mailbot.work.condition import Condition
    from mailbot.work.trial import Tried


def check(
    site: SiteOption = HERE,
    connect: Annotated[
        bool,
        typer.Option("--connect", help="Also try the relay and the mailboxes, and send each mailbox a mail."),
    ] = False,
) -> None:
    """Check settings, templates, database and register, and show them in short."""
    from mailbot.work import condition, sign_ins
    from mailbot.work.desk import clock

    checked = output.load(site, rules=True)
    database = condition.of_database(checked.site.database)
    _show(checked, database)
    ending = [ending.sentence for ending in sign_ins.endings(checked.site, clock())]
    warnings = [*checked.warnings, *_empty(database), *ending, *_without_effect(checked.rules.policy)]
    problems = [
        *condition.of_templates(checked.site),
        *([database.problem] if database.problem else []),
        *(() if connect else sign_ins.troubles(checked.site)),
    ]
    _tell("warning", *warnings)
    _tell("problem", *problems)
    failed = _try(checked.site) if connect else 0
    count = len(problems) + failed
    found = plural(count, "problem") if count else "no problem found"
    print(found + (f", {plural(len(warnings), 'warning')}" if warnings else ""))
    if count:
        raise typer.Exit(1)


def _tell(kind: str, *sentences: str) -> None:
    """At once: what follows may take a minute."""
    for sentence in sentences:
        print(f"{kind}: {output.one_line(sentence)}", flush=True)


def _empty(database: "Condition") -> tuple[str, ...]:
    if database.register and not database.register[0]:
        return ("the register has no open account, so nobody is known: run `mailbot customers import DIR`",)
    return ()


def _without_effect(policy: Policy) -> "Iterator[str]":
    for department in policy.departments:
        file = f"rules/departments/{department.key}.toml"
        if department.manager:
            yield f"{file}: manager: has no effect yet: this version tells managers nothing"
        if department.note != Words():
            yield f"{file}: note: has no effect yet: this version's acknowledgements leave it out"


def _try(site: Site) -> int:
    """Returns how many of its servers are not in order."""
    failed = 0
    for tried in _trials(site):
        _tell("ok" if tried.good else "problem", f"{tried.what}: {tried.found}")
        failed += not tried.good
    return failed


def _trials(site: Site) -> "Iterator[Tried]":
    """A mail to ourselves needs the relay and the mailbox, so it is sent only where both are in order."""
    from mailbot.render import press
    from mailbot.work import trial
    from mailbot.work.desk import clock

    relay = trial.try_relay(site)
    yield relay
    for mailbox in site.mailboxes:
        reached = trial.try_mailbox(site, mailbox)
        yield reached
        if relay.good and reached.good:
            yield from trial.try_subaddress(site, mailbox, press(site, {}), clock())


def _show(checked: "Checked", database: "Condition") -> None:
    site = checked.site
    relay = f"{site.smtp.host}:{site.smtp.port} ({site.smtp.security})"
    output.card(
        (
            ("site", site.directory),
            ("organisation", f"{site.robot.organisation}, {site.robot.locale}, {site.robot.timezone}"),
            ("admin", site.robot.admin),
            ("database", output.without_password(site.database)),
            ("schema", database.schema),
            ("register", _register(database)),
            ("rules", _rules(checked.rules)),
            ("relay", f"{relay} as {_user(site.smtp)}" if site.smtp.username else relay),
        )
    )
    print()
    output.table(
        ("mailbox", "address", "department", "server", "user", "folder", "start", "processed"),
        map(_mailbox, site.mailboxes),
    )
    print()
    output.table(("department", "mailboxes", "agents"), _departments(site))
    print()


def _rules(rules: "Rules") -> str:
    counted = f"{plural(len(rules.policy.departments), 'department')}, {plural(len(rules.policy.intents), 'intent')}"
    return f"{counted}; of {' and '.join(rules.shipped)} the shipped ones" if rules.shipped else counted


def _register(database: "Condition") -> str:
    if database.register is None:
        return ""
    accounts, addresses, services = database.register
    counted = f"{plural(accounts, 'open account')}, {plural(services, 'service')}"
    return f"{counted}, {addresses} address{'' if addresses == 1 else 'es'}"


def _mailbox(mailbox: Mailbox) -> tuple[str, ...]:
    server = f"{mailbox.imap.host}:{mailbox.imap.port} ({mailbox.imap.security})"
    start = mailbox.start.since.isoformat() if mailbox.start.since else str(mailbox.start.mode)
    processed = mailbox.processed
    match processed.mode:
        case ProcessedMode.MOVE:
            afterwards = f"move:{processed.folder}"
        case ProcessedMode.DELETE_AFTER if processed.after:
            afterwards = f"delete-after:{processed.after.total_seconds() / 3600:g}h"
        case mode:
            afterwards = str(mode)
    imap = mailbox.imap
    folders = f"{imap.folder}, {imap.sent_written}" if imap.sent_folder else imap.folder
    return mailbox.key, mailbox.address, mailbox.department, server, _user(imap), folders, start, afterwards


def _user(server: Imap | Smtp) -> str:
    return f"{server.username} (OAuth2)" if server.oauth2 else server.username


def _departments(site: Site) -> list[tuple[str, str, str]]:
    return [
        (
            department,
            ", ".join(mailbox.key for mailbox in site.mailboxes if mailbox.department == department),
            ", ".join(agent.name for agent in site.agents if department in agent.departments)
            or f"none: {site.robot.admin}",
        )
        for department in sorted({mailbox.department for mailbox in site.mailboxes})
    ]
