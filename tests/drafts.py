"""Drafts as `decide` and the daemon make them, each with all that its template can show."""

from dataclasses import replace
from datetime import UTC, datetime

from mailbot.decide.labels import size
from mailbot.model import Draft, Fact, Language, Level, Purpose, Status, Ticket

NOW = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
NUMBER = "MB-7K3F-9XWM"


def ticket(language: Language = Language.FR) -> Ticket:
    french = language is Language.FR
    return Ticket(
        number=NUMBER,
        subject="Problème de connexion" if french else "No connection",
        status=Status.NEW,
        mailbox="support",
        department="technical",
        language=language,
        requester="jean.roy@example.net",
        level=Level.AUTHENTICATED,
        opened_at=NOW,
        account="AC-123456",
    )


def acknowledgement(language: Language = Language.FR) -> Draft:
    french = language is Language.FR
    return Draft(
        template="acknowledgement",
        purpose=Purpose.CUSTOMER,
        language=language,
        recipient="jean.roy@example.net",
        mailbox="support",
        cause="delivery:17",
        subject=ticket(language).subject,
        ticket=ticket(language),
        in_reply_to="<letter-2@example.net>",
        references=("<letter-1@example.net>", "<letter-2@example.net>"),
        facts=(
            Fact("Compte" if french else "Account", "AC-123456"),
            Fact("Commande" if french else "Order", "#123456"),
        ),
    )


def acknowledgement_unknown(language: Language = Language.FR) -> Draft:
    return replace(acknowledgement(language), template="acknowledgement-unknown", subject="", facts=())


def answer(language: Language = Language.FR) -> Draft:
    french = language is Language.FR
    return replace(
        acknowledgement(language),
        template="answer",
        purpose=Purpose.ANSWER,
        facts=(),
        automatic=False,
        text="Bonjour,\n\nNous avons redémarré le port. Tout va bien ?\n\nAlice Roy"
        if french
        else "Hello,\n\nwe restarted the port. Is all well?\n\nBob Stone",
    )


def notice(language: Language = Language.FR) -> Draft:
    french = language is Language.FR
    return Draft(
        template="notice",
        purpose=Purpose.NOTICE,
        language=language,
        recipient="alice@example.com" if french else "bob@example.com",
        recipient_name="Alice Roy" if french else "Bob Stone",
        mailbox="support",
        cause="delivery:17",
        subject=ticket(language).subject,
        ticket=ticket(language),
        references=("<mb-7k3f-9xwm@tickets.example.com>",),
        text="Bonjour,\n\nLe service est en panne depuis ce matin :\n  - modem rouge\n  - téléphone muet\n\nJean"
        if french
        else "Hello,\n\nthe service has been down since this morning:\n  - red modem\n  - silent telephone\n\nJohn",
        reason="Nouvelle demande" if french else "New request",
        facts=_facts(french),
        attachments=("photo du modem.jpg (image/jpeg, 214 KiB)", "facture.pdf (application/pdf, 1.2 MiB)"),
    )


def held(language: Language = Language.FR) -> Draft:
    return replace(notice(language), template="held", purpose=Purpose.HELD, reason="d17", attachments=())


def not_sent(language: Language = Language.FR) -> Draft:
    french = language is Language.FR
    return replace(
        notice(language),
        template="not-sent",
        purpose=Purpose.AGENT,
        facts=(),
        attachments=(),
        in_reply_to="<reply@example.com>",
        reason="Elle contenait des pièces jointes, et cette version ne les transmet pas."
        if french
        else "It held attachments, and this version does not pass them on.",
        text="Bonjour,\n\nvoyez le plan ci-joint." if french else "Hello,\n\nsee the plan attached.",
    )


def undelivered(language: Language = Language.FR) -> Draft:
    return replace(
        notice(language),
        template="undelivered",
        purpose=Purpose.AGENT,
        facts=(),
        attachments=(),
        text="jean.roy@example.net",
        reason="550 5.1.1 User unknown",
    )


def diverted(language: Language = Language.FR) -> Draft:
    return replace(undelivered(language), template="diverted", lines=("direction@example.net",))


def alarm(language: Language = Language.FR) -> Draft:
    return Draft(
        template="alarm",
        purpose=Purpose.ADMIN,
        language=language,
        recipient="admin@example.com",
        mailbox="support",
        cause="alarm:3:begun",
        lines=(
            "mailbox sac has been down for 15 minutes: the server refused the login",
            "delivery d17 is in quarantine: three attempts failed",
            "over: mailbox business has been down for 15 minutes",
        ),
    )


def probe(language: Language = Language.FR) -> Draft:
    return Draft(
        template="probe",
        purpose=Purpose.ADMIN,
        language=language,
        recipient="support@example.com",
        mailbox="support",
        cause="probe:support",
    )


def _facts(french: bool) -> tuple[Fact, ...]:
    if french:
        return (
            Fact("Expéditeur", "Jean Roy <jean.roy@example.net>"),
            Fact("Identité", "adresse enregistrée, authentifiée"),
            Fact("Billet", NUMBER),
            Fact("État", "new"),
            Fact("Service", "technical"),
            Fact("Compte", "AC-123456"),
            Fact("Commande", "#123456", "ma commande no 123456"),
        )
    return (
        Fact("Sender", "John Roy <jean.roy@example.net>"),
        Fact("How sure", "registered address, authenticated"),
        Fact("Ticket", NUMBER),
        Fact("Status", "new"),
        Fact("Department", "technical"),
        Fact("Account", "AC-123456"),
        Fact("Order", "#123456", "my order no 123456"),
    )


def challenge(language: Language = Language.FR) -> Draft:
    """It may be read by somebody who wrote nothing: no word of the request stands in it but its kind."""
    french = language is Language.FR
    return Draft(
        template="challenge",
        purpose=Purpose.CHALLENGE,
        language=language,
        recipient="jean.roy@example.net",
        mailbox="support",
        cause="delivery:17",
        ticket=replace(ticket(language), status=Status.HELD),
        reason="changement d’adresse ou de coordonnées" if french else "change of address or contact details",
        code="7K3F9-XWM2P",
    )


def too_large(language: Language = Language.FR) -> Draft:
    return replace(
        acknowledgement(language),
        template="too-large",
        ticket=None,
        facts=(),
        reason=size(25 * 1024**2, language),
    )


def challenge_received(language: Language = Language.FR) -> Draft:
    return replace(acknowledgement(language), template="challenge-received", subject="", facts=())


def release(language: Language = Language.FR) -> Draft:
    held_ = replace(ticket(language), status=Status.HELD)
    facts = notice(language).facts
    return replace(
        not_sent(language),
        template="release",
        purpose=Purpose.CHALLENGE,
        in_reply_to="",
        ticket=held_,
        text="",
        reason="",
        facts=facts,
        code="7K3F9-XWM2P",
    )


EVERY = (
    acknowledgement,
    acknowledgement_unknown,
    answer,
    challenge,
    challenge_received,
    too_large,
    notice,
    held,
    release,
    not_sent,
    undelivered,
    diverted,
    alarm,
    probe,
)
