"""What an agent is told about a reply of his that did not go out, and what he can do about it."""

from mailbot.decide.case import Case
from mailbot.decide.challenges import TRIES
from mailbot.decide.conversation import Thread, customers
from mailbot.model import Language
from mailbot.tokens import NOTICE_LIFE

WHY = {
    "unsure": (
        "Votre réponse ne répondait pas à un avis qui vous a été envoyé, ou rien ne prouve qu’elle vient de vous.",
        "Your reply did not answer a notice that was sent to you, or nothing shows that it came from you.",
    ),
    "command": (
        "Elle commence par une commande, et la seule que cette version accepte par courriel est /libérer, sans rien"
        " d’autre.",
        "It begins with a command, and the only one that this version takes by e-mail is /release, with nothing else.",
    ),
    "code": (
        "Elle devait commencer par OUI et le code du courriel, dans les 24 heures ; rien n’a été libéré.",
        "It had to begin with YES and the code of the mail, within 24 hours; nothing was released.",
    ),
    "nothing held": ("Rien n’est retenu ici, ou ne l’est plus.", "Nothing is held here, or it no longer is."),
    "held": (
        "L’avis d’une réponse retenue n’accepte que /libérer, sans rien d’autre.",
        "The notice of a held reply takes only /release, with nothing else.",
    ),
    "held is old": (
        "L’avis auquel vous répondiez a plus de {days} jours.",
        "The notice that you answered is more than {days} days old.",
    ),
    "may not release": (
        "Libérer une demande sensible exige le droit « release » dans agents.toml, que vous n’avez pas.",
        "Releasing a sensitive request takes the right “release” in agents.toml, which you do not have.",
    ),
    "notice": (
        "Elle contenait l’avis lui-même, sans marque de citation : répondez au-dessus, et retirez l’avis.",
        "It held the notice itself, not marked as quoted: write above it, and take the notice out.",
    ),
    "empty": ("Elle ne contenait pas de texte nouveau.", "It held no new text."),
    "attachment": (
        "Elle contenait des pièces jointes, et cette version ne les transmet pas : mettez le nécessaire dans le texte.",
        "It held attachments, and this version does not pass them on: put what is needed in the text.",
    ),
    "nobody": (
        "Aucune adresse de client n’est connue pour ce billet.",
        "No customer's address is known for this ticket.",
    ),
    "moved": (
        "Le billet {number} relève de « {department} », dont vous ne faites pas partie.",
        "Ticket {number} belongs to “{department}”, which you are not part of.",
    ),
    "old": (
        "L’avis auquel vous répondiez a plus de {days} jours. Un nouvel avis vous arrive avec ce message.",
        "The notice that you answered is more than {days} days old. A new notice comes with this message.",
    ),
    "two": (
        "Elle désignait deux billets, {number} et {others}, et rien ne dit à quel client vous vouliez répondre.",
        "It pointed to two tickets, {number} and {others}, and nothing says which customer you meant to answer.",
    ),
    "removed": (
        "L’adresse {requester} n’est plus inscrite au compte {account} : nous ne lui écrivons plus.",
        "The address {requester} is no longer registered for account {account}: we no longer write to it.",
    ),
}

# Where another reply to the same notice would not help.
ADVICE = {
    "code": (
        "répondez de nouveau au courriel qui porte le code ; s’il ne vaut plus rien (24 heures, {tries} essais),"
        " répondez /libérer à l’avis pour en avoir un autre.",
        "reply again to the mail with the code; if that is no longer good (24 hours, {tries} tries), reply"
        " /release to the notice to get another one.",
    ),
    "nothing held": (
        "rien, ou voyez ce qu’il en est devenu : mailbot tickets show {number}",
        "nothing, or see what became of it: mailbot tickets show {number}",
    ),
    "held": (
        "pour ajouter cette réponse au dossier, répondez à son avis par ce seul mot : /libérer. Pour écrire au client,"
        " répondez à l’avis d’un de ses messages.",
        "to add that reply to the request, answer its notice with this one word: /release. To write to the customer,"
        " answer the notice of one of his messages.",
    ),
    "held is old": (
        "faites libérer cette réponse sur le serveur : mailbot deliveries release d{delivery}",
        "have that reply released on the server: mailbot deliveries release d{delivery}",
    ),
    "may not release": (
        "demandez à un collègue qui a ce droit, ou attendez la confirmation du client.",
        "ask a colleague who has that right, or wait until the customer confirms.",
    ),
    "nobody": (
        "joignez le client par un autre moyen.",
        "reach the customer by other means.",
    ),
    "moved": (
        "demandez à un agent de ce service de répondre ; si vous en êtes, faites corriger agents.toml.",
        "ask an agent of that department to answer; if you are one yourself, have agents.toml corrected.",
    ),
    "old": (
        "répondez au nouvel avis. Une réponse au présent message n’irait nulle part.",
        "answer the new notice. A reply to the present message would go nowhere.",
    ),
    "two": (
        "répondez à l’avis du bon billet, sans en changer ni l’objet ni les destinataires.",
        "answer the notice of the right ticket, and change neither its subject nor its recipients.",
    ),
    "removed": (
        "écrivez, depuis la boîte {mailbox}, à une adresse inscrite aujourd’hui : {parties}.",
        "write, from the mailbox {mailbox}, to an address that is registered today: {parties}.",
    ),
}


def why(refusal: str, language: Language, case: Case, found: Thread) -> str:
    return _worded(WHY[refusal], language, case, found)


def advice(refusal: str, language: Language, case: Case, found: Thread) -> tuple[str, ...]:
    """Nothing where he may just write another reply."""
    return (_worded(ADVICE[refusal], language, case, found),) if refusal in ADVICE else ()


def _worded(said: tuple[str, str], language: Language, case: Case, found: Thread) -> str:
    french = language is Language.FR
    ticket = found.ticket
    own = case.site.mailbox(ticket.mailbox)
    return said[0 if french else 1].format(
        number=ticket.number,
        delivery=found.sent.delivery if found.sent else "",
        department=case.policy.department_name(ticket.department, language),
        days=NOTICE_LIFE.days,
        tries=TRIES,
        others=", ".join(found.others),
        requester=ticket.requester,
        account=ticket.account,
        mailbox=own.address if own else ticket.mailbox,
        parties=", ".join(customers(case, ticket)) or ("aucune" if french else "none"),
    )
