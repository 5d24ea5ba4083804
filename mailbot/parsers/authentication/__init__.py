"""What the Authentication-Results fields of a mail say, and where each of them stands (RFC 8601)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mailbot.model import AuthenticationResult
from mailbot.parsers.authentication import microsoft, signatures
from mailbot.parsers.authentication.grammar import Statement, UnreadableError, guessed_id, statement
from mailbot.parsers.charset import decode_field
from mailbot.parsers.headers import RawField

_MAX_FIELDS = 20


def results(fields: Sequence[RawField]) -> tuple[AuthenticationResult, ...]:
    """From the top down, of the topmost 20 fields; whose word counts is for the reader to say (section 7.1).

    Of a mail with more of them nothing that passed is given: an honest one has a handful.
    """
    stamps = list(_stamps(fields))
    found = tuple(result for stamp in stamps[:_MAX_FIELDS] for result in stamp)
    if len(stamps) > _MAX_FIELDS:
        return tuple(result for result in found if result.result != "pass")
    if any(result.method == "dkim" and result.result == "pass" for result in found):
        found = signatures.weighed(found, fields)
    return microsoft.sealed(found, fields) if any(not result.authserv_id for result in found) else found


def _stamps(fields: Sequence[RawField]) -> Iterator[tuple[AuthenticationResult, ...]]:
    number = received = 0
    for field in fields:
        if field.name == "received":
            received += 1
        elif field.name == "authentication-results":
            read = _read(decode_field(field.value)) if number < _MAX_FIELDS else ()
            yield tuple(replace(result, field=number, received=received) for result in read)
            number += 1


def _read(value: str) -> tuple[AuthenticationResult, ...]:
    # A comment before the authserv-id is allowed, written by no border, and would hide the name from some of them.
    claimed = guessed_id(value)
    nothing = (AuthenticationResult(claimed, "", "", ()),)
    try:
        said = statement(value)
    except UnreadableError:
        return nothing
    if said.authserv_id != claimed:
        return nothing
    return _results(said) or nothing


def _results(said: Statement) -> tuple[AuthenticationResult, ...]:
    return tuple(AuthenticationResult(said.authserv_id, *each) for each in said.methods)
