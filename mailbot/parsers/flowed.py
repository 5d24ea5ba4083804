"""format=flowed (RFC 3676): lines that were broken for width become one again."""

import re

_LINE = re.compile(r"(?P<quotes>>*)(?P<rest>.*)", re.DOTALL)
_SIGNATURE = "-- "


def unflowed(text: str, delsp: bool) -> str:
    """Each paragraph on one line; quotation marks as "> " before it.

    >>> unflowed("Bonjour, la ligne est \\ncoupée. \\n-- \\nAna\\n>> ancien \\n>> texte\\n", False)
    'Bonjour, la ligne est coupée. \\n-- \\nAna\\n>> ancien texte\\n'
    """
    done: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth, content = _depth(line)
        # Section 4.3: a signature line is never flowed into or out of, whatever its trailing space says.
        joins = depth == open_depth and content != _SIGNATURE
        flows = content.endswith(" ") and content != _SIGNATURE
        body = content[:-1] if flows and delsp else content
        if joins:
            done.append(body)
        else:
            done.append("\n" if done else "")
            done.append(f"{'>' * depth} {body}" if depth and body else f"{'>' * depth}{body}")
        open_depth = depth if flows else -1
    return "".join(done)


def _depth(line: str) -> tuple[int, str]:
    match = _LINE.match(line)
    if match is None:
        return 0, line
    # Section 4.4: one space is stuffed before a line that would else be read otherwise.
    return len(match["quotes"]), match["rest"].removeprefix(" ")
