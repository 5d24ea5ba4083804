"""The door to the relay: mails in, answers out; all of the product's asynchronous code is in here."""

from mailbot.smtp.answer import LIFETIME, Answer, Halt, Letter, Mark, Verdict, pause, rest
from mailbot.smtp.connection import Timeouts
from mailbot.smtp.once import Facts, probe, send_one
from mailbot.smtp.relay import Claim, Record, Relay

__all__ = [
    "LIFETIME",
    "Answer",
    "Claim",
    "Facts",
    "Halt",
    "Letter",
    "Mark",
    "Record",
    "Relay",
    "Timeouts",
    "Verdict",
    "pause",
    "probe",
    "rest",
    "send_one",
]
