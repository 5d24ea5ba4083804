"""The words that stand before a fact, in both languages."""

from mailbot.model import Language

LABELS = {
    "number": ("Billet", "Ticket"),
    "status": ("État", "Status"),
    "sender": ("Expéditeur", "Sender"),
    "level": ("Assurance", "How sure"),
    "account": ("Compte", "Account"),
    "order": ("Commande", "Order"),
    "mailbox": ("Boîte", "Mailbox"),
    "department": ("Service", "Department"),
    "refused": ("Contenu non lu", "Content not read"),
    "predecessor": ("Fait suite à", "Follows"),
}


def label(name: str, language: Language) -> str:
    french, english = LABELS[name]
    return french if language is Language.FR else english
