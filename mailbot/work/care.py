"""How careful the next connection must be, after what the last ones died of."""

from dataclasses import dataclass, replace

from mailbot.imap import FetchBroken, ImapError, OversizeClaim

# F-065. The network may break at any mail, but not so often in a row at the same one, fetched alone.
BREAKS = 3


@dataclass(frozen=True, slots=True)
class Care:
    """`singly`: the last one died of a mail, so each is fetched alone, to show which; `uid` broke `breaks` in a row."""

    singly: bool = False
    uid: int = 0
    breaks: int = 0

    def after(self, error: ImapError) -> "Care":
        match error:
            case FetchBroken(uid=uid) if uid:
                return Care(singly=True, uid=uid, breaks=self.breaks + 1 if uid == self.uid else 1)
            case FetchBroken() if self.singly:
                # Alone, and yet nobody is to blame.
                return replace(self, singly=False)
            case OversizeClaim() | FetchBroken():
                return replace(self, singly=True)
            case _:
                return replace(self, singly=False)

    def gives_up(self, uid: int) -> bool:
        return uid == self.uid and self.breaks >= BREAKS


CAREFREE = Care()
