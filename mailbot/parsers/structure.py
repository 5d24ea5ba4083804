"""One mail as its readers see it: header fields decoded to a line each, the MIME tree laid flat, all within limits."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Headers:
    """The header fields in the order of the mail, trace fields on top: (name in lower case, decoded one-line value)."""

    fields: tuple[tuple[str, str], ...] = ()

    def first(self, name: str) -> str:
        """The topmost value of a field, "" where there is none."""
        wanted = name.lower()
        return next((value for key, value in self.fields if key == wanted), "")

    def all(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.fields if key == wanted)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part that holds no other part of ours.

    `content_type` is lower case and without parameters; `text` the decoded content of text/*, message/delivery-status
    and text/rfc822-headers, the header block of a message/rfc822, None of anything else; `size` in decoded octets.
    """

    content_type: str
    headers: Headers
    text: str | None
    size: int


@dataclass(frozen=True, slots=True)
class Structure:
    """`report_type` is that of a multipart/report (RFC 6522), lower case, else ""; `raw` the whole mail as it came."""

    headers: Headers
    content_type: str
    report_type: str
    leaves: tuple[Leaf, ...]
    raw: bytes = field(default=b"", repr=False)
