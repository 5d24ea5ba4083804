"""The words that stand before a fact, in both languages."""

from mailbot.model import Language, Status

LABELS = {
    "number": ("Billet", "Ticket"),
    "status": ("État", "Status"),
    "sender": ("Expéditeur", "Sender"),
    "level": ("Identité", "How sure"),
    "account": ("Compte", "Account"),
    "order": ("Commande", "Order"),
    "account named": (
        "Compte nommé, non enregistré pour cette adresse",
        "Account named, not registered for this address",
    ),
    "order named": (
        "Commande nommée, non enregistrée pour cette adresse",
        "Order named, not registered for this address",
    ),
    "mailbox": ("Boîte", "Mailbox"),
    "department": ("Service", "Department"),
    "answered too": ("En copie, recevra aussi votre réponse", "In copy, gets your answer too"),
    "why held": ("Pourquoi retenu", "Why held"),
    "in copy": ("En copie, sans rien recevoir de nous", "In copy, gets nothing from us"),
    "points to": ("Désigne aussi le billet", "Points to this ticket as well"),
    "robot": ("Répond comme un robot", "Answers as robots do"),
    "refused": ("Contenu non lu", "Content not read"),
    "confirmation": ("Confirmation", "Confirmation"),
    "caution": ("Attention", "Beware"),
    "unreachable": ("Adresse qui ne reçoit plus nos messages", "Address that no longer gets our mail"),
    "predecessor": ("Fait suite à", "Follows"),
}


def label(name: str, language: Language) -> str:
    french, english = LABELS[name]
    return french if language is Language.FR else english


_STATUSES = {
    Status.NEW: "nouveau",
    Status.OPEN: "ouvert",
    Status.PENDING: "en attente du client",
    Status.HELD: "retenu",
    Status.RESOLVED: "résolu",
    Status.CLOSED: "fermé",
}


def status(of: Status, language: Language) -> str:
    return _STATUSES[of] if language is Language.FR else of.value


def size(octets: int, language: Language) -> str:
    """As customers know sizes, in whole units rounded down: a mail of so many decimal megabytes is below it as well."""
    step, unit = _unit(octets)
    return f"{octets // step}\u00a0{unit}{'o' if language is Language.FR else 'B'}"


def above(octets: int, limit: int) -> str:
    """Two sizes that cannot look alike: the larger one in tenths, rounded up."""
    step, unit = _unit(limit)
    tenths = -(-octets * 10 // step)
    return f"{tenths // 10}.{tenths % 10} {unit}iB, more than the {limit // step} {unit}iB"


def _unit(octets: int) -> tuple[int, str]:
    return (1024**2, "M") if octets >= 1024**2 else (1024, "K")
