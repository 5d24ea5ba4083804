"""Who writes in the dialogues, as their mail programs call them."""

from email.utils import parseaddr

# Customers of the register in `site`: one writes French, one English.
ANNA = "Anna Tremblay <anna@boulangerie.example>"
BRUNO = "Bruno Clarke <bruno@harbour.example>"
# The same two from home: registered as well, but nothing authenticates their providers.
ANNA_AT_HOME = "Anna Tremblay <anna@maison.example>"
BRUNO_AT_HOME = "Bruno Clarke <bruno@home.example>"
# Registered addresses whose mailboxes are no more: Dovecot knows no such users.
GONE = "Guy Tremblay <gone@boulangerie.example>"
LOST = "Lou Clarke <lost@harbour.example>"
# Nobody's customers, and nothing authenticates them.
CARLA = "Carla Diaz <carla@elsewhere.example>"
DAVE = "Dave Miller <dave@elsewhere.example>"
# Agents: technical, in French; financial and customer-care, in English.
ALICE = "Alice Roy <alice@telecom.example>"
BOB = "Bob Stone <bob@telecom.example>"
ADMIN = "admin@telecom.example"

DOMAINS = (
    "telecom.example",
    "boulangerie.example",
    "harbour.example",
    "elsewhere.example",
    "maison.example",
    "home.example",
)
AUTHENTICATED = frozenset({"telecom.example", "boulangerie.example", "harbour.example"})


def address(person: str) -> str:
    return parseaddr(person)[1]
