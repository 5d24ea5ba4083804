"""SC-10: what an attacker writes to end a line or a header where we see none, in every shape that it can take."""

import os
from collections.abc import Sequence
from itertools import product
from typing import TypeVar

T = TypeVar("T")

VICTIM = "victim@example.org"
ENDS = (
    *("\r\n", "\n", "\r", "\r\n\r\n", "\r\n ", "\r\n\t", "\n\t\r", "\r\n.\r\n"),
    *("\0", "\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\u2028", "\u2029", "\udc0a"),
    *("=0A", "=0D=0A", "%0d%0a", "\\r\\n", "&#13;&#10;"),
    *("=?utf-8?q?=0D=0A?=", "=?utf-8?q?=0A?=", "=?utf-8?b?DQo=?=", "=?us-ascii?Q?=0d=0a?=", "=?utf-7?q?+AA0ACg-?="),
    *("x" * 998, "é" * 1000, " " * 1000, "\r\n" + "y" * 1100 + "\r\n"),
)
AIMS = (f"Bcc: {VICTIM}", f"<{VICTIM}>, {VICTIM}", f"RCPT TO:<{VICTIM}>", "a1 DELETE INBOX")
SHAPES = (
    "{end}{aim}",
    "a{end}{aim}",
    "a{end}{aim}{end}b",
    '"{end}{aim}',
    "<a{end}{aim}>",
    "=?utf-8?q?a{end}{aim}?=",
)
INJECTIONS = tuple(shape.format(end=end, aim=aim) for shape, end, aim in product(SHAPES, ENDS, AIMS))


# Four aims stand side by side: every fifth has each end in nearly each shape.
IN_CI, ELSE = 5, 23


def some(cases: Sequence[T]) -> Sequence[T]:
    return cases[:: IN_CI if os.environ.get("CI") else ELSE]
