"""Which elements of HTML do what to the layout, and which end others that were left open (HTML section 13.1.2.4)."""

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
_LINES = (
    "address article aside center details dialog div dd dt fieldset figcaption figure footer form header hgroup li"
    " main menu nav section summary table caption tbody thead tfoot tr td th body html head legend"
)
_PARAGRAPHS = "p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre"
# How many line ends stand before and after an element; all others flow in the line.
MARGIN = {**dict.fromkeys(_LINES.split(), 1), **dict.fromkeys(_PARAGRAPHS.split(), 2)}
PARAGRAPH = frozenset({"p"})
LISTS = frozenset({"ul", "ol", "menu"})
TABLE = frozenset({"table"})
# An element that begins ends these, unless one of the others stands between.
IMPLIES = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol", "menu", "td", "th", "table"})),
    "dd": (frozenset({"dd", "dt"}), frozenset({"dl", "td", "th", "table"})),
    "dt": (frozenset({"dd", "dt"}), frozenset({"dl", "td", "th", "table"})),
    "td": (frozenset({"td", "th"}), TABLE),
    "th": (frozenset({"td", "th"}), TABLE),
    "tr": (frozenset({"tr"}), TABLE),
    "tbody": (frozenset({"tbody", "thead", "tfoot"}), TABLE),
    "thead": (frozenset({"tbody", "thead", "tfoot"}), TABLE),
    "tfoot": (frozenset({"tbody", "thead", "tfoot"}), TABLE),
}
CELLS = frozenset({"td", "th"})
TABLE_PARTS = frozenset({"table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption"})
# An end tag does not reach an element that stands outside of these.
SCOPE = frozenset({"td", "th", "table", "caption", "html"})
NOTHING: frozenset[str] = frozenset()
