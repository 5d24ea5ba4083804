"""One mail as its readers see it: header fields decoded to a line each, the MIME tree laid flat, all within limits."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Headers:
    """The header fields in the order of the mail, trace fields on top: (name in lower case, value on one line).

    Encoded-words are decoded in the subject and other unstructured fields only.
    """

    fields: tuple[tuple[str, str], ...] = ()
    _named: dict[str, list[str]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.fields:
            self._named.setdefault(name, []).append(value)

    def first(self, name: str) -> str:
        """The topmost value of a field, "" where there is none; `name` in lower case."""
        found = self._named.get(name)
        return found[0] if found else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Topmost first; `name` in lower case."""
        return tuple(self._named.get(name, ()))


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part that holds no other part of ours; `content_type` is lower case and without parameters.

    `text` is the decoded content of text/plain, text/html, text/rfc822-headers and the types that reports are made of,
    the header of an enclosed message, None of anything else.
    """

    content_type: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Structure:
    """`report_type` is that of a multipart/report (RFC 6522), lower case, else ""."""

    headers: Headers
    content_type: str
    report_type: str
    leaves: tuple[Leaf, ...]
