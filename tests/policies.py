"""The rules that are shipped, and rules of a test's own."""

from functools import cache

from mailbot import policy
from mailbot.model import Policy
from mailbot.settings import rules

TECHNICAL = b'name = { fr = "Service technique", en = "Technical support" }\n'
CANCEL = b"""\
class = "sensitive"
[words]
fr = ["r\xc3\xa9sili*"]
en = ["cancel"]
"""
SOUND = {"departments/technical.toml": TECHNICAL, "intents/cancel.toml": CANCEL}


@cache
def shipped() -> Policy:
    return policy.read(rules.shipped())


def faults(**files: bytes) -> tuple[str, ...]:
    """Of sound rules with these files of rules/intents beside them, each by its name without .toml."""
    beside = {f"intents/{name}.toml": raw for name, raw in files.items()}
    return faults_of({**SOUND, **beside})


def faults_of(files: dict[str, bytes]) -> tuple[str, ...]:
    try:
        policy.read(files)
    except policy.PolicyErrors as error:
        return error.faults
    return ()
