"""How sure we are of who wrote, in the words of an agent's notice."""

from mailbot.model import Language, Level, Sender

_LEVELS = {
    Level.MACHINE: ("une machine a écrit ce message", "a machine wrote this message"),
    Level.UNKNOWN: ("adresse inconnue du registre", "address not in the register"),
    Level.SUSPECT: (
        "adresse enregistrée, mais l’authentification a échoué : peut-être un faux",
        "registered address, but the authentication failed: perhaps a forgery",
    ),
    Level.REGISTERED: ("adresse enregistrée, non authentifiée", "registered address, not authenticated"),
    Level.AUTHENTICATED: ("adresse enregistrée, authentifiée", "registered address, authenticated"),
    Level.CONFIRMED: ("adresse enregistrée, demande confirmée", "registered address, request confirmed"),
    Level.AGENT: ("un agent", "an agent"),
    Level.AGENT_CONFIRMED: ("un agent, demande confirmée", "an agent, request confirmed"),
}


_NOBODY = (
    "auteur impossible à établir : de qui vient ce message est douteux",
    "the author cannot be told: who wrote this is in doubt",
)


_DISOWNED = (
    "adresse inconnue du registre, et l’authentification a échoué : peut-être un faux",
    "address not in the register, and the authentication failed: perhaps a forgery",
)


def described(sender: Sender, language: Language) -> str:
    """How sure we are, in the words of an agent's notice."""
    french, english = _LEVELS[sender.level] if sender.address else _NOBODY
    if sender.level is Level.SUSPECT and not sender.accounts:
        french, english = _DISOWNED
    return french if language is Language.FR else english
