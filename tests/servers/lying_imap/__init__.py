"""An IMAP server in threads of the test that keeps mail in memory, writes down every command, and lies when told to.

    with LyingImap() as server:
        server.deliver(b"Subject: ...")                 # into INBOX, gives the UID
        server.lie(Lie.CUT, at="FETCH")                 # the next FETCH, and only that, is cut off in mid-literal
        server.before("FETCH", lambda: server.expunge(1))   # a race: once, before that command is worked
        ...
        server.commands                                 # ["LOGIN ...", "EXAMINE \\"INBOX\\"", "UID SEARCH ALL", ...]

Otherwise it keeps to RFC 9051, as far as a mail robot can tell: IDLE, MOVE, UIDPLUS, STARTTLS, TLS, LIST.
"""

from servers.lying_imap.box import Box, Letter
from servers.lying_imap.lies import Lie
from servers.lying_imap.server import CAPABILITIES, PASSWORD, LyingImap

__all__ = ["CAPABILITIES", "PASSWORD", "Box", "Letter", "Lie", "LyingImap"]
