"""What the Authentication-Results fields of a mail say, and where each of them stands (RFC 8601)."""

from collections.abc import Iterator, Sequence

from mailbot.model import AuthenticationResult, Property
from mailbot.parsers.authentication import microsoft, signatures
from mailbot.parsers.authentication.grammar import Statement, UnreadableError, guessed_id, statement
from mailbot.parsers.charset import decode_field
from mailbot.parsers.headers import RawField

_MAX_FIELDS = 20
_NOTHING: tuple[tuple[str, str, tuple[Property, ...]], ...] = (("", "", ()),)


def results(fields: Sequence[RawField]) -> tuple[AuthenticationResult, ...]:
    """From the top down, of the topmost 20 fields; whose word counts is for the reader to say (section 7.1).

    Of a mail with more of them nothing that passed is given: an honest one has a handful.
    """
    stamps = list(_stamps(fields))
    found = tuple(result for stamp in stamps[:_MAX_FIELDS] for result in stamp)
    if len(stamps) > _MAX_FIELDS:
        return tuple(result for result in found if result.result != "pass")
    if any(map(signatures.passed, found)):
        found = signatures.weighed(found, fields)
    return microsoft.sealed(found, fields) if any(not result.authserv_id for result in found) else found


def _stamps(fields: Sequence[RawField]) -> Iterator[tuple[AuthenticationResult, ...]]:
    number = received = 0
    for field in fields:
        if field.name == "received":
            received += 1
        elif field.name == "authentication-results":
            yield _read(decode_field(field.value), number, received) if number < _MAX_FIELDS else ()
            number += 1


def _read(value: str, field: int, received: int) -> tuple[AuthenticationResult, ...]:
    # A comment before the authserv-id is allowed, written by no border, and would hide the name from some of them.
    claimed = guessed_id(value)
    try:
        said = statement(value)
    except UnreadableError:
        said = Statement(claimed, ())
    methods = said.methods if said.authserv_id == claimed else ()
    return tuple(AuthenticationResult(claimed, *each, field, received) for each in methods or _NOTHING)
