"""`mailbot login`: a person signs in for a mailbox or the relay."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import output
from mailbot.cli.output import HERE, SiteOption
from mailbot.model import Flow, OAuth2

if TYPE_CHECKING:
    from mailbot.oauth2 import DeviceCode, Standing


def login(
    mailbox: Annotated[str, typer.Argument(metavar="MAILBOX", help="Its name in mailbot.toml.")] = "",
    relay: Annotated[bool, typer.Option("--relay", help="For the relay of [smtp].")] = False,
    site: SiteOption = HERE,
) -> None:
    """Sign in to a mailbox or the relay by OAuth2. Once: a running mailbot stays signed in."""
    from mailbot import oauth2

    if relay == bool(mailbox):
        raise typer.BadParameter("name one mailbox, or --relay")
    client, username = _client(site, mailbox)
    try:
        match client.flow:
            case Flow.CLIENT_CREDENTIALS:
                oauth2.by_client_credentials(client)
                print(f"{client.what} was granted a token by its client credentials: nobody needs to sign in")
            case Flow.DEVICE_CODE:
                _tell(client, oauth2.by_device_code(client, lambda code: _show(code, username)))
            case Flow.AUTHORIZATION_CODE:
                _tell(client, oauth2.by_authorization_code(client, lambda address: _ask(client, address, username)))
    except oauth2.SignInError as error:
        output.fail(str(error))


def _client(site: Path, mailbox: str) -> tuple[OAuth2, str]:
    """And the user name with which to sign in. Of all secrets only this client's is looked for."""
    from mailbot import settings
    from mailbot.written.faults import meant

    found = output.load(site, offline=True, but=settings.mailbox(mailbox) if mailbox else settings.RELAY).site
    box = found.mailbox(mailbox)
    if mailbox and box is None:
        known = [one.key for one in found.mailboxes]
        output.fail(f"mailbot.toml has no mailbox {mailbox}" + (meant(mailbox, known) or f", but {', '.join(known)}"))
    server = box.imap if box else found.smtp
    if server.oauth2 is None:
        what = f"mailbox {mailbox}" if mailbox else "the relay"
        output.fail(f"{what} has no oauth2 in mailbot.toml: nobody needs to sign in there")
    return server.oauth2, server.username


def _show(code: "DeviceCode", username: str) -> None:
    minutes = output.plural(max(code.expires_in // 60, 1), "minute")
    print(f"Open     {code.verification_uri}")
    print(f"Code     {code.user_code}   (valid for {minutes})")
    print(f"Sign in  as {output.one_line(username)}")
    print("Waiting …", flush=True)


def _ask(client: OAuth2, address: str, username: str) -> str:
    print(f"Open     {address}")
    print(f"Sign in  as {output.one_line(username)}")
    print("The browser then goes to an address that it cannot show. Copy that address here:", flush=True)
    try:
        return input()
    except EOFError:
        output.fail(f"no address was given: run `{client.login}` again")
    except UnicodeDecodeError:
        # No address is made of such octets.
        return ""


def _tell(client: OAuth2, standing: "Standing") -> None:
    if standing.by_disuse and client.unused_after:
        days = client.unused_after.days
        print(f"{client.what} is signed in. Unused for {days} days that would end; a running mailbot uses it daily.")
    elif standing.expires:
        print(f"{client.what} is signed in until {standing.expires:%Y-%m-%d}; the admin is told a week ahead.")
    else:
        print(f"{client.what} is signed in.")
