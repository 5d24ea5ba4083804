"""What a reader of the mail could not see (F-138): it must not count as his text."""

import re
from dataclasses import dataclass, replace

from mailbot.parsers.html.tokens import Tag

_NEVER_SHOWN = frozenset({"template", "svg", "select", "datalist", "object", "audio", "video", "canvas", "noembed"})
_TELLING = re.compile(r"style|class|hidden|color", re.IGNORECASE)
_GONE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:[;!]|$)|mso-hide"
)
_NO_HEIGHT = re.compile(r"(?:^|[\s;])(?:max-)?height\s*:\s*0")
_SIZE = re.compile(r"font-size\s*:\s*(?P<size>[0-9]*\.?[0-9]*)(?P<unit>[a-z%]*)")
_COLOUR = re.compile(r"(?:^|[\s;])color\s*:\s*(?P<colour>[^;!]*)")
_WHITE = re.compile(r"white|#f{3,4}|#f{6}(?:ff)?|rgba?\(\s*255\s*,\s*255\s*,\s*255[^)]*\)|transparent")
_HIDING_CLASS = re.compile(r"\.([a-z0-9_-]{1,60})\s*+\{[^{}]*display\s*:\s*none")
_TINY = 1.0


@dataclass(frozen=True, slots=True)
class Sight:
    """How an element looks. `gone` stays for all that is inside; a new size or colour undoes the others."""

    gone: bool = False
    tiny: bool = False
    pale: bool = False

    @property
    def hidden(self) -> bool:
        return self.gone or self.tiny or self.pale


def of(tag: Tag, around: Sight, classes: frozenset[str], paper_is_white: bool) -> Sight:
    """The look of an element inside another. White text is only doubted where nothing in the mail has a background."""
    if tag.name in _NEVER_SHOWN:
        return replace(around, gone=True)
    if _TELLING.search(tag.written) is None:
        return around
    if tag.attribute("hidden") is not None:
        return replace(around, gone=True)
    sight = around
    if classes and not classes.isdisjoint((tag.attribute("class") or "").lower().split()):
        sight = replace(sight, gone=True)
    style = (tag.attribute("style") or "").lower()
    if style:
        sight = _styled(style, sight, paper_is_white)
    colour = tag.attribute("color") if tag.name == "font" else None
    return sight if colour is None else replace(sight, pale=paper_is_white and _is_white(colour.lower()))


def hiding_classes(style: str) -> frozenset[str]:
    """The classes that a style sheet never shows; what it says for some screens only does not count."""
    return frozenset(_HIDING_CLASS.findall(style.lower().partition("@media")[0]))


def _styled(style: str, sight: Sight, paper_is_white: bool) -> Sight:
    if _GONE.search(style) or (_NO_HEIGHT.search(style) and "overflow" in style):
        return replace(sight, gone=True)
    if (size := _SIZE.search(style)) is not None and size["size"].strip("."):
        points = float(size["size"])
        # a size in em or percent of nothing is still nothing
        sight = replace(sight, tiny=points == 0 or (points <= _TINY and size["unit"] in ("px", "pt")))
    if (colour := _COLOUR.search(style)) is not None:
        sight = replace(sight, pale=paper_is_white and _is_white(colour["colour"]))
    return sight


def _is_white(colour: str) -> bool:
    return _WHITE.fullmatch(colour.strip()) is not None
