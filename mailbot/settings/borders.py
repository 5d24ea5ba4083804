"""Whose Authentication-Results count, and where they stand."""

import re
from typing import Annotated

from pydantic import AfterValidator, PlainValidator

from mailbot.model import Profile, ProfileMode
from mailbot.written.faults import shown

_BORDER = re.compile(r"border:([1-9])", re.ASCII)
# RFC 8601 section 2.2 takes a token of RFC 2045, as hosts write it.
_AUTHSERV_ID = re.compile(r"[!#-'*+.0-9A-Z^-~_-]{1,255}")


def profile(value: object) -> Profile:
    if value in ("stripped", "top", "m365"):
        return Profile(ProfileMode(str(value)))
    if isinstance(value, str) and (found := _BORDER.fullmatch(value)):
        return Profile(ProfileMode.BORDER, int(found[1]))
    raise ValueError(f"{shown(value)} is not one of stripped, top, border:N (border:1 to border:9) or m365")


def authserv_id(value: str) -> str:
    if not _AUTHSERV_ID.fullmatch(value):
        says = "is not an authserv-id: the first word of Authentication-Results, such as mx.example.com"
        raise ValueError(f"{shown(value)} {says}")
    return value


AuthservId = Annotated[str, AfterValidator(authserv_id)]
Place = Annotated[Profile, PlainValidator(profile)]
