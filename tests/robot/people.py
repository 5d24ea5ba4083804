"""Who writes in the dialogues, as their mail programs call them."""

from email.utils import parseaddr

# Customers of the register in `site`: one writes French, one English.
ANNA = "Anna Tremblay <anna@boulangerie.example>"
BRUNO = "Bruno Clarke <bruno@harbour.example>"
# A registered address whose mailbox is no more: Dovecot knows no such user.
GONE = "Guy Tremblay <gone@boulangerie.example>"
# Nobody's customer, and nothing authenticates her.
CARLA = "Carla Diaz <carla@elsewhere.example>"
# Agents: technical, in French; financial and customer-care, in English.
ALICE = "Alice Roy <alice@telecom.example>"
BOB = "Bob Stone <bob@telecom.example>"
ADMIN = "admin@telecom.example"

DOMAINS = ("telecom.example", "boulangerie.example", "harbour.example", "elsewhere.example")
AUTHENTICATED = frozenset({"telecom.example", "boulangerie.example", "harbour.example"})


def address(person: str) -> str:
    return parseaddr(person)[1]
