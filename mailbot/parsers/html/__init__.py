"""The text that a person sees in an HTML mail: linear, without recursion, and nothing is ever fetched."""

from dataclasses import dataclass
from itertools import islice

from mailbot.parsers.html.tokens import tokens
from mailbot.parsers.html.walk import Walk
from mailbot.parsers.limits import MAX_HTML, MAX_TOKENS


@dataclass(frozen=True, slots=True)
class Converted:
    """`hidden` where characters were left out that no reader sees, `cut` where the mail was longer than is read."""

    text: str
    hidden: bool
    cut: bool


def convert(html: str) -> Converted:
    """Paragraphs, lists, rows of tables and "> " before quotations; links with where they lead to.

    >>> convert("<p>Bonjour,<p>voici&nbsp;: <a href='https://exemple.ca/x'>le lien</a>").text
    'Bonjour,\\n\\nvoici : le lien <https://exemple.ca/x>'
    """
    walk = Walk(paper_is_white="background" not in html and "bgcolor" not in html)
    read = tokens(html[:MAX_HTML])
    for token in islice(read, MAX_TOKENS):
        walk.take(token)
    walk.close(0)
    cut = len(html) > MAX_HTML or next(read, None) is not None
    return Converted(walk.page.text().strip("\n"), walk.hidden, cut)
