"""Whether a machine wrote a mail, by its header: RFC 3834 section 2, its friends, and what real responders send.

A false yes silences an honest customer, a false no costs one acknowledgement within the budget: doubt is a person.
"""

import re

from mailbot.model import Automatic, Report
from mailbot.parsers.dsn import comes_from_a_mailer, local_part
from mailbot.parsers.structure import Headers

_OWN_MESSAGE_ID = re.compile(r"<mb\.[0-9abcdefghjkmnpqrstvwxyz]{26}@([^<>@\s]+)>", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
_KEYWORD = re.compile(r"[a-z][a-z-]*", re.IGNORECASE)
_RESPONDER_FIELDS = frozenset(
    ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply")
)
_NO_REPLY = re.compile(
    r"(?:.*[.+_-])?(?:no-?reply|no_reply|do-?not-?reply|do_not_reply|ne-?pas-?repondre|pas-?de-?reponse)(?:[.+_-].*)?|"
    r"bounces?(?:[.+_-].*)?"
)
_LIST_NAME = re.compile(r"owner-.+|.+-(?:request|owner|bounces)|listserv|majordomo")
# Exchange and Outlook put these words before the subject of the mail that is answered, each in the owner's language.
_ABSENCE = re.compile(
    r"(?:réponse automatique|automatic reply|auto(?:matic)? ?response|auto-?reply|out of (?:the )?office(?: reply)?|"
    r"absence du bureau|absent du bureau|message d['’]absence|autosvar|automatisk svar|automatische antwort|"
    r"abwesenheitsnotiz|respuesta automática|risposta automatica|resposta automática|automatisch antwoord)\s*(?::|$)",
    re.IGNORECASE,
)


def classify(headers: Headers, report: Report | None, domain: str) -> Automatic | None:
    """Why no person wrote this, None where one may have. `domain` is that of our own Message-IDs."""
    if _is_own(headers, domain):
        return Automatic.OWN
    report_type = _report_type(headers)
    if report_type in ("disposition-notification", "feedback-report"):  # RFC 8098, RFC 5965
        return Automatic.AUTO_GENERATED
    if report is not None or report_type == "delivery-status" or comes_from_a_mailer(headers):
        return Automatic.BOUNCE
    return _declared(headers) or _mass(headers) or _nameless(headers) or _absent(headers)


def _is_own(headers: Headers, domain: str) -> bool:
    if not domain:
        return False
    own = domain.lower()
    match = _OWN_MESSAGE_ID.fullmatch(headers.first("message-id").strip())
    if match and match[1].lower() == own:
        return True
    return any(own in re.split(r"[;,\s]+", value.lower()) for value in headers.all("x-mailbot-loop"))


def _report_type(headers: Headers) -> str:
    kind, _, parameters = headers.first("content-type")[:2000].lower().partition(";")
    if kind.strip() != "multipart/report":
        return ""
    named = (parameter.partition("=") for parameter in parameters.split(";"))
    return next((value.strip(' "') for name, _, value in named if name.strip() == "report-type"), "")


def _declared(headers: Headers) -> Automatic | None:
    """RFC 3834 section 5: any keyword but "no" is a machine's, one that is not known yet included."""
    for value in headers.all("auto-submitted"):
        keyword = _KEYWORD.search(_COMMENT.sub(" ", value[:1000]))
        if keyword and keyword[0].lower() != "no":
            return Automatic.AUTO_REPLIED if keyword[0].lower() == "auto-replied" else Automatic.AUTO_GENERATED
    if (
        any(name in _RESPONDER_FIELDS and _affirms(value) for name, value in headers.fields)
        or _precedence(headers) == "auto_reply"
    ):
        return Automatic.AUTO_REPLIED
    # Ordinary Exchange mail carries DR, OOF and AutoReply: wishes of its author, no sign of a machine.
    suppressed = (word.strip() for word in headers.first("x-auto-response-suppress").lower().split(","))
    return Automatic.AUTO_GENERATED if "all" in suppressed else None


def _affirms(value: str) -> bool:
    return value.strip().lower() not in ("", "no", "false", "0")


def _precedence(headers: Headers) -> str:
    return headers.first("precedence").strip().lower()


def _mass(headers: Headers) -> Automatic | None:
    if any(name.startswith("list-") for name, _ in headers.fields):  # RFC 2369, RFC 2919, RFC 8058
        return Automatic.LIST
    return Automatic.BULK if _precedence(headers) in ("bulk", "junk", "list") else None


def _nameless(headers: Headers) -> Automatic | None:
    """RFC 3834 section 2 and RFC 5230 section 4.6: the null reverse-path, and local parts that no person reads."""
    path = headers.first("return-path").strip()
    if path == "<>":
        return Automatic.AUTO_GENERATED
    author, sender = local_part(headers.first("from")), local_part(path)
    if _LIST_NAME.fullmatch(author) or _LIST_NAME.fullmatch(sender):
        return Automatic.LIST
    return Automatic.AUTO_GENERATED if _NO_REPLY.fullmatch(author) else None


def _absent(headers: Headers) -> Automatic | None:
    """A subject alone proves nothing (RFC 3834 section 3.1.5); on an answer that does not say "Re:" it does."""
    answers = headers.first("in-reply-to") or headers.first("references")
    absent = answers and _ABSENCE.match(headers.first("subject").strip())
    return Automatic.AUTO_REPLIED if absent else None
