"""Commands: lines at the very top of the new text that begin with a slash. Syntax only, they give no authority."""

import re
import unicodedata

from mailbot.model import Command

_COMMAND = re.compile(r"/([A-Za-zÀ-ÖØ-öø-ÿ][A-Za-zÀ-ÖØ-öø-ÿ-]{0,31})(?:[ \t]+(.{0,500}))?")
_MAX_COMMANDS = 20
_MAX_LINES = 100


def read(new_text: str) -> tuple[Command, ...]:
    """Up to the first line of other text; blank lines may stand between. Names are lower case.

    >>> read("/assign Alice\\n/CLOSE\\n\\nRéparé.\\n/tag later")
    (Command(name='assign', argument='Alice'), Command(name='close', argument=''))
    """
    commands: list[Command] = []
    for line in new_text.split("\n", _MAX_LINES)[:_MAX_LINES]:
        stripped = line.strip(" \t\r")
        if not stripped:
            continue
        # Some programs write an accent as a character of its own.
        match = _COMMAND.fullmatch(unicodedata.normalize("NFC", stripped))
        if match is None or len(commands) == _MAX_COMMANDS:
            break
        commands.append(Command(match[1].lower(), (match[2] or "").strip()))
    return tuple(commands)
