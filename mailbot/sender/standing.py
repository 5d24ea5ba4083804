"""Whether the Authentication-Results of our border stand where only the border can have written them.

Not one rule for all: of 196 fields in public test mails Google's stand below its own Received field with one to three
above, of the others 40 stood above all and 58 below one. RFC 8601 section 5 has the border take out what bears its
name; many do not, so each profile says what is known besides.
"""

from collections.abc import Sequence
from enum import StrEnum

from mailbot.model import AuthenticationResult, Border, ProfileMode

# The methods that show who an author is.
SHOWING = frozenset({"dmarc", "dkim", "auth"})


class Standing(StrEnum):
    """COUNTS: as the border writes them. REPEATED: twice, so that a sender may have written one of them."""

    COUNTS = "counts"
    ABSENT = "absent"
    MISPLACED = "misplaced"
    REPEATED = "repeated"
    UNSEALED = "unsealed"


def ours(results: Sequence[AuthenticationResult], border: Border) -> tuple[AuthenticationResult, ...]:
    """What stands in the border's name, whoever wrote it. Microsoft has none: the topmost without a name is its."""
    if border.profile.mode is not ProfileMode.M365:
        return tuple(result for result in results if result.authserv_id in border.authserv_ids)
    top = next((result.field for result in results if not result.authserv_id), None)
    return tuple(result for result in results if result.field == top)


def standing(results: Sequence[AuthenticationResult], border: Border) -> Standing:
    found = ours(results, border)
    if not found:
        return Standing.ABSENT
    if border.profile.mode is ProfileMode.M365:
        return Standing.COUNTS if found[0].sealed else Standing.UNSEALED
    if _is_repeated(found, border):
        return Standing.REPEATED
    most = {ProfileMode.TOP: 0, ProfileMode.BORDER: border.profile.received}.get(border.profile.mode)
    deepest = max(result.received for result in found)
    return Standing.COUNTS if most is None or deepest <= most else Standing.MISPLACED


def _is_repeated(found: Sequence[AuthenticationResult], border: Border) -> bool:
    """All trusted names together: one border stamps a mail, and takes out its own name only.

    Filters for DKIM and for DMARC may write a field each, side by side, and neither repeats what the other shows.
    """
    if sum(result.method == "dmarc" for result in found) > 1:
        return True
    fields = {result.field: result.received for result in found}
    if len(fields) == 1:
        return False
    if border.profile.mode is ProfileMode.BORDER or len(set(fields.values())) > 1:
        return True
    said = [SHOWING & {result.method for result in found if result.field == field} for field in fields]
    return any(not result.method for result in found) or sum(map(len, said)) > len(set().union(*said))
