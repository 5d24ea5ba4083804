"""Addresses of RFC 5322 section 3.4: the strict form that is believed, and the key by which two are compared."""

import re

import idna

# RFC 5321 section 4.5.3.1
_MAX_LOCAL = 64
_MAX_DOMAIN = 255
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMERIC_END = re.compile(r"(?:^|\.)[0-9]+$")
_ENCODED_WORD = "=?"
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def defect(spec: str) -> str | None:
    """What keeps an addr-spec from being believed, as a short phrase, None where it is plain.

    Plain is a dot-atom local part at a domain name: no quoted string, no literal, no encoded-word, no character that
    cannot be seen. Letters beyond ASCII are allowed where IDNA 2008 and RFC 6531 allow them.
    """
    local, at, domain = spec.rpartition("@")
    if not at or not local or not domain:
        return "it is not an address"
    if local.startswith("@"):
        return "it is a route, not an address"
    if "@" in local:
        return "it has two @"
    if _ENCODED_WORD in spec:
        return "an encoded word stands in the address"
    if domain.startswith("["):
        return "its domain is an address literal"
    if local.startswith('"'):
        return "its local part is quoted"
    if len(local.encode("utf-8", "replace")) > _MAX_LOCAL or len(domain) > _MAX_DOMAIN:
        return "it is too long"
    if not spec.isascii() and not spec.isprintable():
        return "it holds characters that cannot be seen"
    if _LOCAL.fullmatch(local) is None:
        return "its local part is malformed"
    return None if _is_domain(domain) else "its domain is malformed"


def lower(text: str) -> str:
    """Only A to Z: str.lower() makes a Kelvin sign a k, and so two names one."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def shown(address: str) -> str:
    """With its domain as A-labels, so that letters which only look alike are told apart (F-011).

    >>> shown("ana@bücher.example"), shown("Ana@Good.com")
    ('ana@xn--bcher-kva.example', 'Ana@Good.com')
    """
    local, at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}{at}{_a_labels(lower(domain)) or domain}"


def key(address: str) -> str:
    """What two spellings of one address have in common: the domain as lower-case A-labels, ASCII letters lower.

    Nothing else is folded: no NFKC, no casefold, no lower() of letters beyond ASCII, which would make two people's
    addresses one (Kelvin sign and k, dotless i, full-width letters).

    >>> key("ANA@Exemple.CA"), key("ana@bücher.example") == key("ana@xn--bcher-kva.example")
    ('ana@exemple.ca', True)
    """
    if address.isascii():
        return address.lower()
    local, at, domain = lower(address).rpartition("@")
    return f"{local}{at}{domain if domain.isascii() else _a_labels(domain) or domain}"


def names(address: str) -> tuple[str, ...]:
    """The address, its domain and the domains above it, in the form in which they are compared.

    >>> names("Anna@mail.exemple.ca")
    ('anna@mail.exemple.ca', 'mail.exemple.ca', 'exemple.ca', 'ca')
    """
    own = key(address)
    labels = own.rpartition("@")[2].split(".")
    return (own, *(".".join(labels[n:]) for n in range(len(labels))))


def _is_domain(domain: str) -> bool:
    ascii_domain = domain if domain.isascii() else _a_labels(lower(domain))
    if ascii_domain is None or len(ascii_domain) > _MAX_DOMAIN:
        return False
    return _DOMAIN.fullmatch(ascii_domain) is not None and _NUMERIC_END.search(ascii_domain) is None


def _a_labels(domain: str) -> str | None:
    """RFC 5891 without any mapping: full-width letters and ideographic full stops are no spelling of others."""
    try:
        return idna.encode(domain, strict=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
