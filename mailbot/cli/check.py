"""`mailbot check`: what is configured, in a short form, and whether it can be used."""

from mailbot.cli import output
from mailbot.cli.output import HERE, SiteOption
from mailbot.model import Mailbox, ProcessedMode, Site


def check(site: SiteOption = HERE) -> None:
    """Check the settings and show them in short."""
    checked = output.load(site)
    _show(checked.site)
    for warning in checked.warnings:
        print(f"warning: {output.one_line(warning)}")
    print("no problem found" + (f", {output.plural(len(checked.warnings), 'warning')}" if checked.warnings else ""))


def _show(site: Site) -> None:
    relay = f"{site.smtp.host}:{site.smtp.port} ({site.smtp.security})"
    output.card(
        (
            ("site", site.directory),
            ("organisation", f"{site.robot.organisation}, {site.robot.locale}, {site.robot.timezone}"),
            ("admin", site.robot.admin),
            ("database", output.without_password(site.database)),
            ("relay", f"{relay} as {site.smtp.username}" if site.smtp.username else relay),
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
    return mailbox.key, mailbox.address, mailbox.department, server, imap.username, imap.folder, start, afterwards


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
