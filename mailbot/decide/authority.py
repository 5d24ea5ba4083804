"""What each level may cause: design 1.5 and the matrix of reliability 5.3 as one table, read row by row.

It never says whether people see a request: every mail that a person wrote opens or joins a ticket (design 1.5.1).
"""

from enum import StrEnum

from mailbot.model import Level


class Act(StrEnum):
    """What a mail may cause. ACCOUNT: our answer may speak of an account."""

    OPEN = "open a ticket"
    ACKNOWLEDGE = "be acknowledged"
    APPEND = "join a ticket"
    ACCOUNT = "be told about an account"
    SENSITIVE = "ask for what is sensitive"
    ANSWER = "answer a customer"
    MANAGE = "change a ticket"
    GRAVE = "release what is sensitive, or reach several customers"


class Right(StrEnum):
    """NOTED: kept on a ticket that is there, and changes nothing. MARKED: with a warning to agents.

    FIXED: in a fixed text, with none of his words. PARTY: by a party of the ticket only. CHALLENGED: once the holder
    of the account's registered address confirmed it. OWN: where it is a ticket of his departments.
    """

    NO = "no"
    NOTED = "noted"
    MARKED = "marked"
    FIXED = "fixed text"
    PARTY = "parties only"
    CHALLENGED = "challenged"
    OWN = "own departments"
    YES = "yes"


_LEVELS = (
    Level.MACHINE,
    Level.SUSPECT,
    Level.UNKNOWN,
    Level.REGISTERED,
    Level.AUTHENTICATED,
    Level.CONFIRMED,
    Level.AGENT,
    Level.AGENT_CONFIRMED,
)
_NO, _YES, _PARTY, _ASKED = Right.NO, Right.YES, Right.PARTY, Right.CHALLENGED
_NOTED, _MARKED, _FIXED, _OWN = Right.NOTED, Right.MARKED, Right.FIXED, Right.OWN
# fmt: off
_ROWS = {
    #                 machine suspect  unknown registered authenticated confirmed agent  agent, confirmed
    Act.OPEN:        (_NO,    _MARKED, _YES,   _YES,      _YES,         _YES,     _YES,  _YES),
    Act.ACKNOWLEDGE: (_NO,    _NO,     _FIXED, _YES,      _YES,         _YES,     _YES,  _YES),
    Act.APPEND:      (_NOTED, _PARTY,  _PARTY, _PARTY,    _PARTY,       _PARTY,   _OWN,  _OWN),
    Act.ACCOUNT:     (_NO,    _NO,     _NO,    _YES,      _YES,         _YES,     _YES,  _YES),
    Act.SENSITIVE:   (_NO,    _NO,     _ASKED, _ASKED,    _ASKED,       _YES,     _YES,  _YES),
    Act.ANSWER:      (_NO,    _NO,     _NO,    _NO,       _NO,          _NO,      _OWN,  _OWN),
    Act.MANAGE:      (_NO,    _NO,     _NO,    _NO,       _NO,          _NO,      _OWN,  _OWN),
    Act.GRAVE:       (_NO,    _NO,     _NO,    _NO,       _NO,          _NO,      _NO,   _OWN),
}
# fmt: on


def right(level: Level, act: Act) -> Right:
    return _ROWS[act][_LEVELS.index(level)]
