"""Reports in words alone, as mailers write them in French and English: who did not get the mail, and what was said."""

import html
import re
from dataclasses import dataclass

from mailbot.model import ReportedRecipient
from mailbot.parsers import printable
from mailbot.parsers.mailers import is_mailers_name
from mailbot.parsers.structure import Headers, Leaf

_MAX_TEXT = 32 * 1024
_MAX_RECIPIENTS = 10
_MAX_SAID = 300
# How far behind an address a server's answer to it may stand, in code points.
_NEAR = 600

# What begins the returned mail: nothing below it was said by the mailer.
_RETURNED = re.compile(
    r"^[> \t*-]{0,40}(?:this is a copy of (?:the|your) message|below this line is a copy|original message|"
    r"message d['’]origine|message (?:original|initial)|ceci est une copie|voici une copie|"
    r"copie (?:du|de votre) message|returned mail|"
    r"(?:the )?(?:header|first \d{1,3} lines)|en-têtes (?:du message|d['’]origine)|received:|return-path:|message-id:)",
    re.IGNORECASE | re.MULTILINE,
)
_FAILED = re.compile(
    r"(?:could not|couldn['’]t|cannot|can['’]t|did not|was(?:n['’]t| not) able to|unable to) (?:be )?(?:deliver|sent)|"
    r"(?:was|were|is) (?:not delivered|undeliverable|rejected|returned|not found)|wasn['’]t (?:delivered|found)|"
    r"deliver(?:y|ing)\b[^.]{0,80}\b(?:failed|delayed|postponed|problem|incomplete)|undeliver|"
    r"(?:failed|following) (?:recipient|address)|has been (?:delayed|postponed)|permanent (?:fatal )?error|"
    r"user unknown|address(?:es)? (?:failed|rejected|not found)|"
    r"n['’]a (?:pas )?p[ua]s? (?:pu )?(?:être|etre) (?:remis|distribu|d[ée]livr|livr|envoy|achemin)|n['’]ont pas pu|"
    r"impossible de (?:remettre|d[ée]livrer|distribuer|livrer|transmettre)|non remis|"
    r"n['’]a pas été (?:remis|distribu|d[ée]livr|livr|trouv)|a été (?:rejeté|refusé|retardé)|"
    r"(?:remise|distribution|livraison)[^.]{0,80}(?:échou|impossible|retard)|"
    r"(?:adresse|destinataire|utilisateur)[^.]{0,60}(?:introuvable|inconnu|n['’]existe pas)",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"(?:has been (?:delayed|postponed)|delay(?:ed)? (?:mail|delivery)|delivery (?:is )?(?:delayed|incomplete)|"
    r"(?:will|we'll) (?:continue|keep|be retried|retry|try(?:ing)? again)|still being retried|no action is required|"
    r"attempts will continue|"
    r"a été retardée?|(?:remise|distribution|livraison) (?:retardée|incomplète)|nouvelles? tentatives?|"
    r"(?:essaier|essayer|tenter|réessayer)(?:a|ons|ont)|pas besoin de (?:le )?renvoyer)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_ALONE = re.compile(r"^[ \t>*•\"'«<(·-]{0,20}$")
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
# RFC 5321 section 4.2: a reply of a server, as mailers quote it.
_REPLY = re.compile(r"(?<![\w.@])#?[45]\d\d[ #-]{1,3}\S.{0,300}")
_IN_WORDS = re.compile(r"[^\W\d_]{4}")
_TAGGED = re.compile(r"<[^<>@]{0,2000}>")
_LINK = re.compile(r"(?:https?://|www\.)\S{1,2000}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """What the mailer itself says, without the mail that it returns."""

    text: str

    @property
    def tell_of_a_delay(self) -> bool:
        return _DELAYED.search(self._unbroken) is not None

    @property
    def tell_of_failure(self) -> bool:
        return _FAILED.search(self._unbroken) is not None or self.tell_of_a_delay

    @property
    def _unbroken(self) -> str:
        """Lines break anywhere."""
        return " ".join(self.text.split())


def words(leaves: tuple[Leaf, ...]) -> Words:
    """Of the first part that people read."""
    first = next((leaf for leaf in leaves if leaf.content_type.startswith("text/") and leaf.text), None)
    if first is None or first.content_type not in ("text/plain", "text/html"):
        return Words("")
    text = (first.text or "")[:_MAX_TEXT]
    if first.content_type == "text/html":
        text = html.unescape(_TAGGED.sub("\n", text))
    returned = _RETURNED.search(text)
    return Words(text[: returned.start()] if returned else text)


def recipients(said: Words, headers: Headers) -> tuple[ReportedRecipient, ...]:
    """Addresses on lines of their own, else the first that is named; never the mailer's, nor whom the report is for."""
    if not said.tell_of_failure:
        return ()
    aside = " ".join(headers.first(name) for name in ("from", "to", "cc")).lower()
    found = {match[0]: match for match in _ADDRESS.finditer(said.text) if _is_a_recipients(match[0], aside)}
    alone = [address for address, match in found.items() if _stands_alone(said.text, match)]
    return tuple(described(said, ReportedRecipient(address, _action(said), "")) for address in alone or [*found][:1])[
        :_MAX_RECIPIENTS
    ]


def described(said: Words, recipient: ReportedRecipient) -> ReportedRecipient:
    """With the status and the server's words that stand near his address."""
    if recipient.status and recipient.diagnostic:
        return recipient
    place = said.text.lower().find(recipient.address.lower())
    near = said.text[max(place, 0) :][:_NEAR]
    reply = _REPLY.search(near)
    return ReportedRecipient(
        recipient.address,
        recipient.action,
        recipient.status or status_in(near),
        recipient.diagnostic or one_line(reply[0] if reply else _sentence(near)),
    )


def status_in(said: str) -> str:
    """RFC 3463: the first status that stands there, "" where there is none."""
    found = _STATUS.search(said)
    return found[0] if found else ""


def one_line(said: str) -> str:
    """What a server said, safe to be shown: anybody can write a report, so no link in it is passed on."""
    return printable.line(_LINK.sub("…", said), _MAX_SAID)


def _is_a_recipients(address: str, aside: str) -> bool:
    return not is_mailers_name(address) and address.lower() not in aside


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    before = text[max(text.rfind("\n", 0, match.start()) + 1, match.start() - 100) : match.start()]
    return _ALONE.match(before) is not None


def _action(said: Words) -> str:
    return "delayed" if said.tell_of_a_delay else "failed"


def _sentence(near: str) -> str:
    """The line that says why, where no server is quoted."""
    return next((line for line in near.splitlines()[1:] if len(line.strip()) > 10 and _IN_WORDS.search(line)), "")
