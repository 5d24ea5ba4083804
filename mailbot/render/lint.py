"""What is wrong with the templates that a site overrides: file, line and what to do, found before a mail needs them."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType

from jinja2 import Environment, TemplateError, TemplateNotFound, TemplateSyntaxError, meta, nodes

from mailbot.model import Fact
from mailbot.render.faults import RenderError
from mailbot.render.templates import SUBJECT, environment, expand, sheets, shipped, split
from mailbot.render.values import DELIMITER, NAMES, Values
from mailbot.render.words import request_word

_NAME = re.compile(r"[a-z][a-z0-9-]*\.(?:fr|en)\.(?:txt|html)")
_LARGEST = 64 * 1024
_KNOWN = NAMES | {"title", "body", "self", "super", "caller"}
_ARITHMETIC = (nodes.Mul, nodes.Pow, nodes.Mod, nodes.Div, nodes.FloorDiv)
# A name this close to a shipped one was meant to be that one; acknowledgement-vip is a name of its own.
_CLOSE = 0.9


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` 0: the file as a whole."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"templates/{self.file}:{self.line}: {self.says}" if self.line else f"templates/{self.file}: {self.says}"


def lint(templates: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences about a site's templates/ (name to text), none where all is well; for `mailbot check`."""
    found = examine(templates)
    faulty = {fault.file for fault in found}
    return (*map(str, found), *_untranslated({name: text for name, text in templates.items() if name not in faulty}))


def examine(templates: Mapping[str, str]) -> tuple[Fault, ...]:
    """What keeps a template from being used. A second look, by trial, only where the first one found nothing."""
    if not templates:
        return ()
    made = environment({**shipped(), **templates})
    found = [fault for name, text in sorted(templates.items()) for fault in _read(name, text, made)]
    faulty = {fault.file for fault in found}
    sound = {name: text for name, text in templates.items() if name not in faulty}
    return (*found, *_tried(sound))


def _read(name: str, text: str, made: Environment) -> Iterator[Fault]:
    partials = {entry for entry in shipped() if not _NAME.fullmatch(entry)}
    if not _NAME.fullmatch(name) and name not in partials:
        yield Fault(name, 0, f"a template is called NAME.fr.txt, NAME.en.txt or the same with .html{_meant(name)}")
    elif name not in shipped() and (close := _meant(name)):
        yield Fault(name, 0, f"no mail of that name is sent{close}")
    elif len(text) > _LARGEST:
        yield Fault(name, 0, "is longer than 64 KiB")
    elif name.endswith(".txt") and not (text.startswith(SUBJECT) and split(text)[0]):
        yield Fault(
            name, 1, f'the first line of a .txt is the subject, such as "{SUBJECT} [{{{{ number }}}}] Received"'
        )
    else:
        for unit in (split(text)[0], split(text)[1]) if name.endswith(".txt") else (text,):
            yield from _parsed(name, unit, made)


def _parsed(name: str, unit: str, made: Environment) -> Iterator[Fault]:
    try:
        tree = made.parse(unit, name, name)
        made.compile(tree, name, name)
    except TemplateSyntaxError as error:
        yield Fault(name, error.lineno, str(error.message).rstrip("."))
        return
    unknown = meta.find_undeclared_variables(tree) - _KNOWN
    for node in tree.find_all(nodes.Name):
        if node.name in unknown:
            unknown.discard(node.name)
            yield Fault(name, node.lineno, f"{node.name} is no value of a mail{_meant(node.name, sorted(NAMES), 0.75)}")
    for line in sorted({operation.lineno for operation in tree.find_all(_ARITHMETIC)}):
        yield Fault(name, line, "there is no arithmetic in templates")


def _tried(templates: Mapping[str, str]) -> Iterator[Fault]:
    """Each mail made for trial, once with every value filled and once with none."""
    told: set[str] = set()
    for sheet in sheets(templates) if templates else ():
        for sample in (_FILLED, _EMPTY):
            try:
                expand(sheet, sample)
            except RenderError as error:
                fault = _blamed(error, templates, f"{sheet.name}.{sheet.language}")
                if fault.file not in told:
                    told.add(fault.file)
                    yield fault


def _blamed(error: RenderError, templates: Mapping[str, str], sheet: str) -> Fault:
    """The innermost line of an overriding template on the way to the fault; else the file that grew too large."""
    cause = error.__cause__ or error
    says = _message(cause)
    at = [(name, line) for name, line in _frames(cause.__traceback__) if name in templates]
    if at:
        return Fault(*at[-1], says)
    own = [name for name in (f"{sheet}.txt", f"{sheet}.html", *templates) if name in templates]
    return Fault(own[0], 0, says)


def _message(cause: BaseException) -> str:
    if isinstance(cause, TemplateNotFound):
        return f"there is no template {cause.name}"
    says = cause.message if isinstance(cause, TemplateError) and cause.message else str(cause)
    return says.rstrip(".")


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next


def _untranslated(templates: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(name for name in templates if _NAME.fullmatch(name) and name.endswith(".txt")):
        stem, language, _ = name.split(".")
        other = f"{stem}.{'en' if language == 'fr' else 'fr'}.txt"
        if other not in templates and other not in shipped():
            yield f"templates/{other}: there is no such file, so {name} is sent to everybody"


def _meant(name: str, known: Iterable[str] | None = None, cutoff: float = _CLOSE) -> str:
    close = difflib.get_close_matches(name, sorted(shipped()) if known is None else known, 1, cutoff)
    return f"; did you mean {close[0]}?" if close else ""


_FILLED = Values(
    organisation="Exemple",
    phone="+1 888 555 0100",
    emergency_phone="+1 888 555 0199",
    emergency_note="Note.",
    request=request_word("demande"),
    language="fr",
    delimiter=DELIMITER,
    number="MB-7K3F-9XWM",
    predecessor="MB-0000-0000",
    requester="customer@example.com",
    mailbox="support@example.com",
    recipient="customer@example.com",
    recipient_name="Jean Roy",
    subject="Panne",
    text="Bonjour,\n\nMerci.",
    shortened=True,
    reason="Raison.",
    code="7K3F9-XWM2P",
    held=True,
    facts=(Fact("Compte", "AC-123456", "compte 123456"),),
    lines=("Une ligne.",),
    attachments=("facture.pdf",),
    may_answer=True,
)
_EMPTY = Values(
    organisation="Exemple",
    phone="",
    emergency_phone="",
    emergency_note="",
    request=request_word("billet"),
    language="en",
    delimiter=DELIMITER,
    number="",
    predecessor="",
    requester="",
    mailbox="support@example.com",
    recipient="",
    recipient_name="",
    subject="",
    text="",
    shortened=False,
    reason="",
    code="",
    held=False,
    facts=(),
    lines=(),
    attachments=(),
    may_answer=False,
)
