"""The words that stand before a fact, in both languages."""

from mailbot.model import Language, Status

LABELS = {
    "number": ("Billet", "Ticket"),
    "status": ("État", "Status"),
    "sender": ("Expéditeur", "Sender"),
    "level": ("Assurance", "How sure"),
    "account": ("Compte", "Account"),
    "order": ("Commande", "Order"),
    "account named": ("Compte nommé, pas au nom de cette adresse", "Account named, not of this address"),
    "order named": ("Commande nommée, pas au nom de cette adresse", "Order named, not of this address"),
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
    "unreachable": ("Adresse qui ne reçoit plus nos messages", "Address that takes no mail of ours"),
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
    """In whole units, rounded down."""
    step, unit = _unit(octets)
    return f"{octets // step} {unit}{'io' if language is Language.FR else 'iB'}"


def above(octets: int, limit: int) -> str:
    """Two sizes that cannot look alike: the larger one in tenths, rounded up."""
    step, unit = _unit(limit)
    tenths = -(-octets * 10 // step)
    return f"{tenths // 10}.{tenths % 10} {unit}iB, more than the {size(limit, Language.EN)}"


def _unit(octets: int) -> tuple[int, str]:
    return (1024**2, "M") if octets >= 1024**2 else (1024, "K")
