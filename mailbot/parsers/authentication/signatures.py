"""What a DKIM signature that passed leaves open, read in the signature itself (RFC 6376 section 3.5).

Whether it is genuine, expired (x=) or made with too short a key is for the border to find out: we ask no DNS.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailbot.model import AuthenticationResult
from mailbot.parsers import address
from mailbot.parsers.charset import decode_field
from mailbot.parsers.headers import RawField

_MAX_SIGNATURES = 20
_MAX_LENGTH = 16_384


@dataclass(frozen=True, slots=True)
class _Signature:
    domain: str
    code: str
    weakness: str


def weighed(found: tuple[AuthenticationResult, ...], fields: Sequence[RawField]) -> tuple[AuthenticationResult, ...]:
    """Each dkim=pass with what is weak in the signature it is about; with several that fit, in any of them."""
    written = [field.value for field in fields if field.name == "dkim-signature"]
    if len(written) > _MAX_SIGNATURES:
        return tuple(replace(result, weakness="is one of too many") if passed(result) else result for result in found)
    read = [_signature(value) for value in written]
    return tuple(replace(result, weakness=_weakness(result, read)) if passed(result) else result for result in found)


def passed(result: AuthenticationResult) -> bool:
    return result.method == "dkim" and result.result == "pass"


def _weakness(result: AuthenticationResult, read: Sequence[_Signature]) -> str:
    fitting = [signature for signature in read if _is_about(result, signature)]
    if not fitting:
        return "stands nowhere in the mail"
    return next((signature.weakness for signature in fitting if signature.weakness), "")


def _is_about(result: AuthenticationResult, signature: _Signature) -> bool:
    """By the domain, and by the beginning of b= where the border quotes it (RFC 6008)."""
    signer, identity = (address.lower(result.value(name)) for name in ("header.d", "header.i"))
    if signer:
        fits = signer == signature.domain
    else:
        of_identity = identity.rpartition("@")[2]
        fits = of_identity == signature.domain or of_identity.endswith("." + signature.domain)
    return fits and signature.code.startswith(result.value("header.b"))


def _signature(value: bytes) -> _Signature:
    if len(value) > _MAX_LENGTH:
        return _Signature("", "", "")
    tags: dict[str, str] = {}
    for tag in decode_field(value).split(";"):
        name, _, content = tag.partition("=")
        tags.setdefault(name.strip(), "".join(content.split()))
    weakness = ""
    if "l" in tags:
        weakness = "covers a part of the text only (l=)"
    elif "from" not in address.lower(tags.get("h", "")).split(":"):
        weakness = "does not cover From"
    return _Signature(address.lower(tags.get("d", "")).rstrip("."), tags.get("b", ""), weakness)
