"""The templates: compiled once, expanded in a sandbox. What a customer wrote is only ever a value in them."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from itertools import islice, product

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template, TemplateError, select_autoescape
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from mailbot.model import Fact, Language
from mailbot.render.faults import RenderError
from mailbot.render.lines import one_line, shortened
from mailbot.render.values import Values
from mailbot.render.words import RequestWord

# Characters that a template may add to the words that it is given.
LARGEST = 256 * 1024
# So many pieces of a template's outcome are looked at together: most have one value, and none is longer than a mail.
_PIECES = 64
# What escaping makes of one character at most: &#34;
_ESCAPED = 5
_SUBJECT = 250
SUBJECT = "Subject:"
# The text laid out as HTML, where there is no HTML of the same words.
PLAIN = "plain.html"

# All that an expression in a template can come to.
_FAILURES = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)

# All values that have any; what strings can do beside, the filters do.
_ATTRIBUTES: Mapping[type, frozenset[str]] = {
    kind: frozenset(field.name for field in fields(kind)) for kind in (Fact, RequestWord)
}
_FILTERS = ("capitalize", "default", "e", "escape", "first", "join", "last", "length", "lower", "trim", "upper")
_TESTS = ("defined", "undefined", "none", "eq", "equalto", "ne", "in", "gt", "ge", "lt", "le", "odd", "even")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One mail: `asked` is the language it is for, `language` the one it speaks."""

    name: str
    asked: Language
    language: Language
    subject: Template
    text: Template
    html: Template


@dataclass(frozen=True, slots=True)
class Words:
    """What a sheet says."""

    language: Language
    subject: str
    text: str
    html: str


def split(source: str) -> tuple[str, str]:
    """The subject line and the body of a .txt, before any value stands in it; the body keeps its line numbers."""
    first, _, body = source.partition("\n")
    return first.removeprefix(SUBJECT).strip(), "\n" + body


class _Confined(ImmutableSandboxedEnvironment):
    """The sandbox looks at many things for each attribute; our templates have need of few."""

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        return _has(obj, attr)

    def make_globals(self, d: MutableMapping[str, object] | None) -> MutableMapping[str, object]:
        """There are none, and each template and each part of one would look for them."""
        return {}

    def getattr(self, obj: object, attribute: str) -> object:
        return getattr(obj, attribute) if _has(obj, attribute) else super().getattr(obj, attribute)


def _has(obj: object, attribute: str) -> bool:
    return attribute in _ATTRIBUTES.get(type(obj), ())


def environment(sources: Mapping[str, str]) -> Environment:
    """`NAME.LANGUAGE.txt` is there as that name, its body, and as NAME.LANGUAGE.subject, its first line."""

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        if name.endswith(".subject"):
            name = name.removesuffix("subject") + "txt"
            return (split(sources[name])[0], name, _never_stale) if name in sources else None
        if name not in sources:
            return None
        return split(sources[name])[1] if name.endswith(".txt") else sources[name], name, _never_stale

    made = _Confined(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"], default_for_string=False, default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        # Unlimited, and so a dictionary without a lock.
        cache_size=-1,
    )
    _confine(made)
    return made


def _confine(made: ImmutableSandboxedEnvironment) -> None:
    """Words, conditions and loops over values is all that a mail needs; the rest could only cost time or memory."""
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in _FILTERS} | {"breaks": breaks}
    made.tests = {name: made.tests[name] for name in _TESTS}
    made.intercepted_binops = frozenset(("*", "**", "%", "//", "/"))
    made.binop_table = {operator: _no_arithmetic for operator in made.intercepted_binops}


def breaks(text: str) -> Markup:
    """Lines as HTML, for readers that ignore white-space: pre-wrap (Outlook)."""
    return escape(text).replace("\n", Markup("<br>"))


def sheets(overrides: Mapping[str, str]) -> Iterator[Sheet]:
    """The mails that overrides change, in both languages; an override stands for the shipped file of its name."""
    sources = {**shipped(), **overrides}
    made = environment(sources)
    mails = {name.split(".")[0] for name in sources if name.endswith(".txt")}
    touched = {name.split(".")[0] for name in overrides}
    # What is no mail of its own, such as the layout, is a part of any.
    changed = mails & touched if touched <= mails else mails
    for name, asked in product(sorted(changed), Language):
        yield _sheet(made, sources, overrides, (name, asked))


@cache
def shipped_sheet(name: str, asked: Language) -> Sheet | None:
    """Compiled when first asked for: most commands send no mail."""
    return _sheet(_shipped_environment(), shipped(), {}, (name, asked)) if f"{name}.{asked}.txt" in shipped() else None


@cache
def _shipped_environment() -> Environment:
    return environment(shipped())


def _sheet(
    made: Environment, sources: Mapping[str, str], overrides: Mapping[str, str], key: tuple[str, Language]
) -> Sheet:
    name, asked = key
    # F-157: a mail in the other language is better than none.
    spoken = next(one for one in (asked, *Language) if f"{name}.{one}.txt" in sources)
    file = f"{name}.{spoken}"
    parts = (f"{file}.subject", f"{file}.txt", _html(file, sources, overrides))
    return Sheet(name, asked, spoken, *(made.get_template(part) for part in parts))


def _html(file: str, sources: Mapping[str, str], overrides: Mapping[str, str]) -> str:
    """A text of the site's own beside HTML that is not would say one thing to some readers and another to others."""
    alone = f"{file}.txt" in overrides and f"{file}.html" not in overrides
    return PLAIN if alone or f"{file}.html" not in sources else f"{file}.html"


def expand(sheet: Sheet, values: Values) -> Words:
    """RenderError where a value is missing or the outcome is out of all proportion."""
    room = LARGEST + _ESCAPED * len(values["text"])
    try:
        subject = shortened(one_line(_expanded(sheet.subject, values, room)), _SUBJECT)
        subject = subject or values["number"] or values["organisation"]
        text = _expanded(sheet.text, values, room).strip("\n")
        html = _expanded(sheet.html, {**values, "title": subject, "body": text}, room).strip("\n")
    except _FAILURES as error:
        raise RenderError(f"the template {sheet.name}.{sheet.language} cannot be expanded: {error}") from error
    return Words(sheet.language, subject, text, html)


def _expanded(template: Template, values: Mapping[str, object], room: int) -> str:
    text = ""
    generated = template.generate(values)
    while more := tuple(islice(generated, _PIECES)):
        text += "".join(more)
        if len(text) > room:
            raise ValueError("it grows beyond 256 KiB")
    return text


def _never_stale() -> bool:
    return True


def _no_arithmetic(left: object, right: object) -> object:
    raise SecurityError("there is no arithmetic in templates")


@cache
def shipped() -> Mapping[str, str]:
    folder = resources.files("mailbot").joinpath("templates")
    return {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.is_file()}
