"""Replies as mail programs really write them: text and HTML, with the mail that they answer quoted below."""

import html
from collections.abc import Callable
from email.message import EmailMessage
from typing import TypeAlias

from robot.mail import Mail, written

Program: TypeAlias = Callable[[str, Mail, str], EmailMessage]

_SENDER = "Exemple Télécom"
_ON = {"fr": "Le lun. 3 août 2026 à 09:12, {} a écrit :", "en": "On Mon, Aug 3, 2026 at 9:12 AM {} wrote:"}
_SENT = {
    "fr": ("De : {}", "Envoyé : lundi 3 août 2026 09:12", "À : {}", "Objet : {}"),
    "en": ("From: {}", "Sent: Monday, August 3, 2026 9:12 AM", "To: {}", "Subject: {}"),
}
_PHONE = {"fr": "Envoyé de mon iPhone", "en": "Sent from my iPhone"}


def gmail(author: str, to: Mail, text: str) -> EmailMessage:
    on = _ON[to.language].format(f"{_SENDER} <{to.sender}>")
    page = (
        f'<div dir="ltr">{_lines(text)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{html.escape(on)}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">{_body(to)}</blockquote></div>'
    )
    return _made(author, to, "Re: ", f"{text}\n\n{on}\n{_quoted(to)}", page)


def outlook(author: str, to: Mail, text: str) -> EmailMessage:
    """It marks nothing as quoted."""
    named = (f"{_SENDER} <{to.sender}>", "", to.recipient, to.subject)
    block = [line.format(name) for line, name in zip(_SENT[to.language], named, strict=True)]
    page = (
        f'<div class="elementToProof" style="font-family:Aptos">{_lines(text)}</div><div id="appendonsend"></div>'
        '<hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">'
        f"{'<br>'.join(f'<b>{html.escape(line)}</b>' for line in block)}</font></div><div>{_body(to)}</div>"
    )
    plain = "\n".join((text, "", "_" * 32, *block, "", to.text))
    return _made(author, to, "RE: ", plain, page)


def apple(author: str, to: Mail, text: str) -> EmailMessage:
    on, phone = _ON[to.language].format(f"{_SENDER} <{to.sender}>"), _PHONE[to.language]
    page = (
        f'<div dir="ltr">{_lines(text)}</div><br id="lineBreakAtBeginningOfSignature"><div dir="ltr">{phone}</div>'
        f'<div dir="ltr"><br><blockquote type="cite">{html.escape(on)}<br><br></blockquote></div>'
        f'<blockquote type="cite"><div dir="ltr">{_body(to)}</div></blockquote>'
    )
    return _made(author, to, "Re: ", f"{text}\n\n{phone}\n\n> {on}\n> \n{_quoted(to)}", page)


PROGRAMS: tuple[Program, ...] = (gmail, outlook, apple)


def _made(author: str, to: Mail, prefix: str, plain: str, page: str) -> EmailMessage:
    threading = {"In-Reply-To": to.message_id, "References": " ".join((*to.thread, to.message_id))}
    made = written(author, to.reply_to or to.sender, f"{prefix}{to.subject}", plain, headers=threading)
    made.add_alternative(f"<html><body>{page}</body></html>", subtype="html")
    return made


def _lines(text: str) -> str:
    return "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in text.splitlines())


def _quoted(mail: Mail) -> str:
    return "\n".join(f"> {line}".rstrip() for line in mail.text.splitlines())


def _body(mail: Mail) -> str:
    """What stands between the body tags of the mail that is answered."""
    return mail.html.partition("<body")[2].partition(">")[2].partition("</body>")[0]
