"""`mailbot customers import|show`: the operator's register into the database, and what stands there."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import desk, output
from mailbot.cli.output import HERE, Json, JsonOption, SiteOption, iso, plural
from mailbot.work.measures import at

if TYPE_CHECKING:
    from mailbot.store.register import Import, Shown

app = typer.Typer(help="The customers' register: import it, look into it.", rich_markup_mode=None)


@app.command("import")
def import_(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder of accounts.csv, addresses.csv and services.csv.")
    ],
    close_missing: Annotated[
        bool, typer.Option("--close-missing", help="Close the accounts that are not in the files, however many.")
    ] = False,
    site: SiteOption = HERE,
) -> None:
    """Import the register, whole or not at all."""
    from mailbot import register
    from mailbot.work.customers import import_customers
    from mailbot.work.opening import open_database

    settings = output.load(site, offline=True).site
    try:
        found = register.read(directory, settings)
    except register.RegisterError as error:
        output.fail(*error.faults)
    with desk.refusals():
        done = import_customers(open_database(settings.database, make=True), found, close_missing=close_missing)
    print(_summary(done))


def _summary(done: "Import") -> str:
    if done.nothing:
        return f"{plural(done.accounts, 'account')}: nothing changed"
    accounts = f"{len(done.added)} new, {len(done.changed)} changed, {len(done.closed)} closed"
    addresses = f"addresses: {done.addresses_added} in, {done.addresses_removed} out"
    services = f"services: {done.services_added} in, {done.services_removed} out"
    return f"{plural(done.accounts, 'account')}: {accounts}; {addresses}; {services}"


@app.command()
def show(
    asked: Annotated[str, typer.Argument(metavar="ACCOUNT|ADDRESS", help="An account number or a registered address.")],
    json: JsonOption = False,
    site: SiteOption = HERE,
) -> None:
    """Show an account, or the accounts of an address."""
    from mailbot.work.customers import show_customers
    from mailbot.work.opening import open_database

    settings = output.load(site, offline=True).site
    with desk.refusals():
        found = show_customers(open_database(settings.database), asked)
    if not found:
        output.fail(f"the register has no {'address' if '@' in asked else 'account'} {asked}")
    for one in found:
        if json:
            output.json_line(_record(one))
        else:
            _card(one)


def _record(one: "Shown") -> dict[str, Json]:
    account = one.account
    return {
        "account": account.number,
        "name": account.name,
        "language": account.language,
        "plan": account.plan,
        "closed": account.closed,
        "addresses": [
            {
                "email": entry.email,
                "contact": entry.contact,
                "notify": entry.notify,
                "default": entry.default,
                "unreachable": _unreachable(one, entry.email),
            }
            for entry in account.addresses
        ],
        "services": [{"service": entry.service, "order": entry.order, "ip": entry.ip} for entry in one.services],
    }


def _unreachable(one: "Shown", email: str) -> Json:
    from mailbot.decide.reachable import mark

    found = mark(one.bounces, email)
    return {"since": iso(found.at), "status": found.status, "said": found.said} if found else None


def _show_unreachable(one: "Shown") -> None:
    from mailbot.decide.reachable import mark

    for entry in one.account.addresses:
        if found := mark(one.bounces, entry.email):
            said = found.said or found.status or "no reason given"
            sentence = (
                f"{entry.email} takes no mail of ours since {at(found.at)}: {said}. Where the account has another"
                " address for support, that gets its mail, until this one writes to us or the register is corrected."
            )
            output.hanging("note: ", sentence, "yellow")


def _card(one: "Shown") -> None:
    account = one.account
    output.card(
        (
            ("account", account.number + (" (closed)" if account.closed else "")),
            ("name", account.name),
            ("language", account.language or ""),
            ("plan", account.plan),
        )
    )
    if account.addresses:
        print()
        output.table(
            ("address", "contact", "notify", "default"),
            (
                (entry.email, entry.contact, " ".join(entry.notify), "yes" if entry.default else "no")
                for entry in account.addresses
            ),
        )
        _show_unreachable(one)
    if one.services:
        print()
        output.table(("service", "order", "ip"), ((entry.service, entry.order, entry.ip) for entry in one.services))
    print()
