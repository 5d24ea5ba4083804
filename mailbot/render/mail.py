"""A Draft into the bytes that go out. Built once for a site, then pure: the same draft gives the same mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.model import Draft, Language, Outgoing, Site
from mailbot.render.addressing import Addressing, addressing, boundary, fields
from mailbot.render.faults import RenderError
from mailbot.render.lint import examine
from mailbot.render.mime import alternative
from mailbot.render.proof import proofread
from mailbot.render.templates import Sheet, Words, expand, sheets, shipped, shipped_sheet
from mailbot.render.values import Values, values


@dataclass(frozen=True, slots=True)
class Press:
    """`faults` are sentences about a site's templates that are not used because of them: shipped ones serve instead."""

    site: Site
    faults: tuple[str, ...]
    sheets: Mapping[tuple[str, Language], Sheet] = field(repr=False)

    def render(self, draft: Draft, now: datetime) -> Outgoing:
        """One mail, ready for the outbox. RenderError only by a fault of ours, or of a template that is not shipped.

        A recipient whose address cannot be written into a header gets a mail that is withheld.
        """
        site = self.site
        to = addressing(draft, site)
        words = self._words(draft, values(draft, site.robot, to.mailbox))
        meant = fields(draft, to, words.subject, words.language, now, site.robot.domain)
        block = "\r\n".join(map(str, meant)) + "\r\n\r\n"
        proofread(block, meant)
        body = alternative(words.text, words.html, boundary(to.tag))
        return _outgoing(draft, to, words, block.encode() + body)

    def _words(self, draft: Draft, given: Values) -> Words:
        key = (draft.template, draft.language)
        spare = shipped_sheet(*key)
        sheet = self.sheets.get(key, spare)
        if sheet is None:
            raise RenderError(f"there is no template {draft.template}")
        try:
            return expand(sheet, given)
        except RenderError:
            if spare is None or spare is sheet:
                raise
            # F-156: the mail goes out all the same.
            return expand(spare, given)


def press(site: Site, overrides: Mapping[str, str]) -> Press:
    """`overrides` are the files of the site's templates/: name to text. What is wrong in them is left out, and told."""
    shipped()
    found = examine(overrides)
    faulty = {fault.file for fault in found}
    used = {name: text for name, text in overrides.items() if name not in faulty}
    made = {(sheet.name, sheet.asked): sheet for sheet in sheets(used)} if used else {}
    return Press(site, tuple(map(str, found)), made)


def _outgoing(draft: Draft, to: Addressing, words: Words, raw: bytes) -> Outgoing:
    unwritable = "the address cannot be written into a mail" if to.recipient is None else None
    return Outgoing(
        message_id=to.message_id,
        tag=to.tag,
        cause=draft.cause,
        template=draft.template,
        purpose=draft.purpose,
        language=words.language,
        recipient=draft.recipient,
        envelope_from=to.envelope_from,
        ticket=draft.ticket.number if draft.ticket else None,
        subject=words.subject,
        automatic=draft.automatic,
        raw=raw,
        withheld=draft.withheld or unwritable,
        charged=draft.mailbox if draft.charged and not unwritable else "",
    )
