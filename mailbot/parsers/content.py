"""What a mail says below its header: the text, the attachments, and the report it may be."""

from dataclasses import dataclass

from mailbot.model import Attachment, Report
from mailbot.parsers import attachments, body, dsn, reported
from mailbot.parsers.attachments import TOO_MANY
from mailbot.parsers.body import Version
from mailbot.parsers.headers import Section
from mailbot.parsers.limits import MAX_ATTACHMENTS
from mailbot.parsers.structure import Headers, Leaf, Structure
from mailbot.parsers.tree import Entity, Tree, tree


@dataclass(frozen=True, slots=True)
class Content:
    """`texts` are all text parts as they were decoded, the ones that were not chosen too."""

    text: str = ""
    texts: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    report: Report | None = None
    defects: tuple[str, ...] = ()
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The leaves of a mail by what they are for; attachments with the number of their leaf."""

    texts: tuple[Entity, ...]
    attached: tuple[tuple[int, Entity], ...]


def content(raw: bytes, section: Section, headers: Headers) -> Content:
    found = tree(raw, section)
    if found.refused is not None:
        return Content(refused=found.refused)
    leaves = _sorted(found)
    versions, faults = body.versions(raw, leaves.texts)
    read = body.body(versions)
    listed = tuple(attachments.content(raw, entity, number).attachment for number, entity in _first(leaves))
    structure = Structure(headers, found.content_type, found.report_type, _leaves(raw, found, versions))
    return Content(
        read.text,
        tuple(version.characters for version in versions),
        listed,
        dsn.report(structure, raw),
        (*found.defects, *faults, *read.defects, *((TOO_MANY,) if len(leaves.attached) > MAX_ATTACHMENTS else ())),
    )


def attached(raw: bytes, section: Section) -> tuple[tuple[Attachment, bytes], ...]:
    """The attachments in the order in which content() lists them, with their octets."""
    read = (attachments.content(raw, entity, number) for number, entity in _first(_sorted(tree(raw, section))))
    return tuple((each.attachment, each.octets) for each in read)


def _first(leaves: _Sorted) -> tuple[tuple[int, Entity], ...]:
    return leaves.attached[:MAX_ATTACHMENTS]


def _sorted(found: Tree) -> _Sorted:
    texts: list[Entity] = []
    attached: list[tuple[int, Entity]] = []
    for number, entity in enumerate(found.leaves, start=1):
        if body.is_text(entity, tuple(texts)):
            texts.append(entity)
        elif attachments.is_attachment(entity):
            attached.append((number, entity))
    return _Sorted(tuple(texts), tuple(attached))


def _leaves(raw: bytes, found: Tree, versions: tuple[Version, ...]) -> tuple[Leaf, ...]:
    decoded = {version.entity.start: version.characters for version in versions}
    return tuple(
        Leaf(leaf.content_type, decoded[leaf.start] if leaf.start in decoded else reported.text(raw, leaf))
        for leaf in found.leaves
    )
