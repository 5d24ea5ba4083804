"""Who is a mailer: the programs that carry mail, and what they call themselves when they tell of its delivery."""

import re

from mailbot.parsers.structure import Headers

_MAILERS = frozenset(("mailer-daemon", "mailerdaemon", "mail-daemon", "mailer_daemon", "mdaemon", "postmaster"))
# Exchange signs its reports in a mailbox of its own that has this name in every installation.
_EXCHANGE = "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e"
_SUBJECT = re.compile(
    r"(?:undeliver(?:ed|able)|returned mail|return(?:ed|ing) (?:message )?to sender|failure notice|failed mail|"
    r"mail (?:system error|failure|delivery)|message you sent blocked|(?:message )?delivery incomplete|non[- ]delivery|"
    r"(?:mail|message|courriel|courrier|e-mail) (?:could not be |non )(?:delivered|remis|distribué|délivré)|"
    r"^non[- ]remise?s?\s*:|(?:address|user|recipient) (?:not found|unknown)|"
    r"delivery (?:status|report|warning|failure|failed|error|problem|subsystem|delayed|has failed)|"
    r"(?:adresse|utilisateur|destinataire)s? (?:introuvable|inconnue?)s?|"
    r"(?:échec|échecs|erreur|problème)s? (?:de |d['’]|lors de )(?:la |l['’])?(?:remise|distribution|livraison|envoi)|"
    r"(?:remise|distribution|livraison) (?:échouée|retardée|incomplète|impossible)|retour (?:de courrier|à l['’]exp)|"
    r"n['’]a pas (?:pu être|été) (?:remis|distribué|délivré|livré)|"
    r"(?:notification d['’]état|avis|rapport|retard) de (?:non[- ])?(?:remise|distribution))",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(?:re|fwd?|tr|aw|wg)\s?:", re.IGNORECASE)


def comes_from_a_mailer(headers: Headers) -> bool:
    """An author named MAILER-DAEMON, or the null reverse-path under a mailer's name or a report's subject."""
    author = local_part(headers.first("from"))
    if author.startswith("mailer-daemon") or headers.first("x-failed-recipients"):
        return True
    return _has_null_path(headers) and (_is_mailers_name(author) or _tells_of_delivery(headers))


def speaks_as_a_mailer(headers: Headers) -> bool:
    """Enough to take its words for a mailer's; absence notices have the null path as well."""
    named = _is_mailers_name(local_part(headers.first("from"))) and _tells_of_delivery(headers)
    return named or comes_from_a_mailer(headers)


def may_come_from_a_mailer(headers: Headers) -> bool:
    """Enough to look whether it is laid out as some mailer's reports are."""
    return _has_null_path(headers) or speaks_as_a_mailer(headers)


def is_mailers_name(address: str) -> bool:
    return _is_mailers_name(local_part(address))


def local_part(value: str) -> str:
    """Of the last address in a field, in lower case; the whole word where it has no domain."""
    before, at, _ = value[:1000].rpartition("@")
    return re.split(r'[\s<>",;:()]', before if at else value[:1000].rstrip("> "))[-1].lower()


def _is_mailers_name(local: str) -> bool:
    return local in _MAILERS or local == _EXCHANGE


def _has_null_path(headers: Headers) -> bool:
    """RFC 5321 section 4.5.5; some stores write MAILER-DAEMON for it."""
    path = headers.first("return-path").strip()
    return path == "<>" or local_part(path).startswith("mailer-daemon")


def _tells_of_delivery(headers: Headers) -> bool:
    subject = headers.first("subject").lstrip()[:200]
    return _SUBJECT.search(subject) is not None and not _ANSWER.match(subject)
