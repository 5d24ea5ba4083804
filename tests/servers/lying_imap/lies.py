"""The lies by name. Each is told once (or as often as asked) at one command."""

from dataclasses import dataclass
from enum import Enum, auto


class Lie(Enum):
    BYE = auto()  # "* BYE text", then the connection is closed
    CLOSE = auto()  # closed without a word
    RESET = auto()  # a TCP RST
    HANG = auto()  # no answer for ever
    DRIP = auto()  # a remark every now and then, never an end
    NO = auto()  # tagged NO with the text
    BAD = auto()  # tagged BAD with the text
    REMARK = auto()  # the text as one more untagged line before the answer
    AFTERTHOUGHT = auto()  # the text as one more untagged line between the answer and its end
    FLOOD = auto()  # untagged lines without end
    PREAUTH = auto()  # greeting only: the client is logged in already
    INJECT = auto()  # STARTTLS only: the text in plain behind the OK, in the same segment
    DESERT = auto()  # IDLE: the connection is closed behind the continuation
    MUTE = auto()  # IDLE: nothing more is heard behind the continuation, as through a dead router
    DRIBBLE = auto()  # IDLE: the text comes in two pieces
    HASTE = auto()  # IDLE: the text comes in one segment with the continuation, and the client must answer it soon
    CUT = auto()  # FETCH: the literal stops in the middle, the connection is closed
    STALL = auto()  # FETCH: the literal stops in the middle
    HUGE = auto()  # FETCH: a literal of 4 GiB is announced
    NIL = auto()  # FETCH: BODY[] NIL
    EMPTY = auto()  # FETCH: BODY[] ""
    TWICE = auto()  # FETCH: every answer comes twice, the second time with another text
    BACKWARDS = auto()  # FETCH: the last mail first
    STRANGERS = auto()  # FETCH: an answer for a UID nobody asked for comes first
    NAMELESS = auto()  # FETCH: an answer without UID comes first, with a text of its own
    TILDE = auto()  # FETCH: a literal8 of RFC 3516
    UNPLACED = auto()  # FETCH: a part does not say where it begins
    HOLLOW = auto()  # FETCH: nothing comes, OK
    IDLY = auto()  # EXPUNGE: OK, and nothing is removed
    SMALL = auto()  # FETCH: RFC822.SIZE is 1, whatever the mail is


@dataclass(slots=True)
class Planned:
    lie: Lie
    at: str
    text: str
    times: int
