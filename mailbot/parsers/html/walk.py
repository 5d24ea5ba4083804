"""From tags to lines: which elements are open, how each looks, what it does to the page."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field

from mailbot.parsers import printable
from mailbot.parsers.html import elements, sight
from mailbot.parsers.html.page import Page
from mailbot.parsers.html.sight import Sight
from mailbot.parsers.html.tokens import Raw, Tag

# How many elements an end tag looks back over for its begin: what is further off was never meant.
_REACH = 100
_RULE = "_" * 32
_MAX_URL = 300
_MAX_EMOJI = 8
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class _Element:
    name: str
    sight: Sight
    margin: int
    quotes: bool
    href: str


@dataclass(slots=True)
class Walk:
    """The open elements, outermost first, and the page so far; `hidden` once characters were left out."""

    paper_is_white: bool
    page: Page = field(default_factory=Page)
    hidden: bool = False
    _open: list[_Element] = field(default_factory=list)
    _count: Counter[str] = field(default_factory=Counter)
    _classes: frozenset[str] = frozenset()
    _items: list[int] = field(default_factory=list)
    _linked: list[str] = field(default_factory=list)

    def take(self, token: Tag | Raw | str) -> None:
        match token:
            case str():
                self._characters(token)
            case Raw(name="style"):
                self._classes |= sight.hiding_classes(token.content)
            case Raw(name="textarea" | "xmp"):
                self._characters(token.content)
            case Tag(is_end=True):
                self._end(token.name)
            case Tag(name="br"):
                self._break()
            case Tag(name="hr" | "img"):
                self._replaced(token)
            case Tag() if token.name not in elements.VOID:
                self._begin(token)

    def close(self, level: int) -> None:
        """End all elements from `level` inward."""
        while len(self._open) > level:
            element = self._open.pop()
            self._count[element.name] -= 1
            if element.href:
                self._link(element.href)
            if element.name in elements.CELLS:
                self.page.end_cell()
            self.page.want(element.margin)
            self.page.depth -= element.quotes
            if element.name in elements.LISTS:
                self._items.pop()

    def _sight(self) -> Sight:
        return self._open[-1].sight if self._open else Sight()

    def _characters(self, value: str) -> None:
        if self._sight().hidden:
            self.hidden = self.hidden or bool(value.strip())
        elif self._count["pre"]:
            self.page.write_preformatted(value)
        else:
            self.page.write(value)
            if self._count["a"]:
                self._linked.append(value)

    def _break(self) -> None:
        if not self._sight().hidden:
            self.page.end_line()

    def _replaced(self, tag: Tag) -> None:
        if tag.name == "hr":
            self.page.want(1)
            self._characters(_RULE)
            self.page.want(1)
        elif (alternative := tag.attribute("alt")) and len(alternative) <= _MAX_EMOJI and not alternative.isascii():
            self._characters(alternative)

    def _begin(self, tag: Tag) -> None:
        self._imply(tag.name)
        look = sight.of(tag, self._sight(), self._classes, self.paper_is_white)
        element = _Element(
            tag.name,
            look,
            0 if look.hidden else min(_margin(tag), 1 if self._items else 2),
            _quotes(tag) and self.page.depth < _MAX_DEPTH,
            (tag.attribute("href") or "").strip() if tag.name == "a" else "",
        )
        self._open.append(element)
        self._count[tag.name] += 1
        if tag.name in elements.LISTS:
            self._items.append(0 if tag.name == "ol" else -1)
        if not look.hidden:
            self.page.want(element.margin)
            self._lay_out(tag)
        self.page.depth += element.quotes

    def _lay_out(self, tag: Tag) -> None:
        if tag.name == "tr":
            self.page.begin_row()
        elif tag.name in elements.CELLS:
            self.page.begin_cell()
        elif tag.name == "li":
            self.page.mark = self._mark()
        elif tag.name == "a":
            self._linked.clear()

    def _mark(self) -> str:
        if not self._items:
            return "- "
        indentation = "  " * min(len(self._items) - 1, _MAX_DEPTH)
        if self._items[-1] < 0:
            return f"{indentation}- "
        self._items[-1] += 1
        return f"{indentation}{self._items[-1]}. "

    def _imply(self, name: str) -> None:
        """The elements that end where this one begins, though nobody said so."""
        if self._count["p"] and name in elements.MARGIN:
            self._close_nearest(elements.PARAGRAPH, elements.MARGIN.keys() - elements.PARAGRAPH)
        if name in elements.IMPLIES:
            self._close_nearest(*elements.IMPLIES[name])

    def _end(self, name: str) -> None:
        if name == "br":
            self._break()
        elif name == "p" and not self._count["p"]:
            self.page.want(2)
        elif name == "table":
            self._close_nearest({name}, elements.NOTHING)
        elif name in elements.TABLE_PARTS:
            self._close_nearest({name}, elements.TABLE)
        elif name in elements.MARGIN:
            self._close_nearest({name}, elements.SCOPE)
        else:
            self._close_nearest({name}, elements.MARGIN.keys())

    def _close_nearest(self, names: Set[str], stop: Set[str]) -> None:
        if not any(self._count[name] > 0 for name in names):
            return
        for level in range(len(self._open) - 1, max(-1, len(self._open) - 1 - _REACH), -1):
            name = self._open[level].name
            if name in names:
                self.close(level)
                return
            if name in stop:
                return

    def _link(self, href: str) -> None:
        """Where a link leads to, unless that is what it says. Only what a person may open is worth a word."""
        said = "".join(self._linked).strip()
        self._linked.clear()
        target = printable.line(href, _MAX_URL)
        if not target.lower().startswith(("http://", "https://", "mailto:", "tel:")) or not said:
            return
        bare = target.partition(":")[2].lstrip("/").rstrip("/")
        if bare.removeprefix("www.") not in said:
            self.page.write(f" <{target.removeprefix('mailto:').removeprefix('tel:')}>")


def _margin(tag: Tag) -> int:
    """Outlook writes every line as a paragraph without margins."""
    if tag.name != "p":
        return elements.MARGIN.get(tag.name, 0)
    tight = (tag.attribute("class") or "").lower().startswith("mso")
    style = (tag.attribute("style") or "").replace(" ", "").lower()
    return 1 if tight or "margin:0" in style or "margin-bottom:0" in style else 2


def _quotes(tag: Tag) -> bool:
    """Whether an element holds the words of another; Gmail indents with a blockquote that has no border."""
    if tag.name == "blockquote":
        return "border:none" not in (tag.attribute("style") or "").replace(" ", "").lower()
    return tag.name == "div" and "yahoo_quoted" in (tag.attribute("class") or "")
