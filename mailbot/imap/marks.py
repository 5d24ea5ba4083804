"""What we change on a server: flags and places of single mails, and never anybody else's."""

import imaplib
from collections.abc import Iterable
from functools import partial

from imapclient import DELETED, SEEN

from mailbot.imap import gmail
from mailbot.imap.answers import LAST_UID, Folder, found_uids, uid_sets
from mailbot.imap.errors import CommandRefused
from mailbot.imap.folders import Folders
from mailbot.imap.wire import Client, quoted


class Marks:
    """One connection's; `folder` is the selected one. Every method raises CommandRefused or what imaplib raises.

    What a server announces and then does not know is not asked of it again.
    """

    def __init__(self, client: Client, server: str, folders: Folders, capabilities: frozenset[str]) -> None:
        self._client = client
        self._server = server
        self._folders = folders
        self._capabilities = capabilities
        self._moves = "MOVE" in capabilities
        self._expunges: bool | None = None if "UIDPLUS" in capabilities else False
        self._expunged = False

    def see(self, folder: Folder | None, uids: Iterable[int]) -> None:
        self._must_last(folder, SEEN)
        for uid_set in uid_sets(uids):
            self._client.add_flags(uid_set, [SEEN], silent=True)

    def move(self, folder: Folder | None, uids: Iterable[int], target: str) -> None:
        """MOVE (RFC 6851), else COPY and UID EXPUNGE (RFC 4315)."""
        writable = self._writable(folder)
        for uid_set in uid_sets(uids):
            if gmail.is_all_mail(writable, self._capabilities):
                self._label(uid_set, self._folders.find(target, CommandRefused).wire)
            else:
                self._folders.on(target, partial(self._move, writable, uid_set), CommandRefused)

    def delete(self, folder: Folder | None, uids: Iterable[int]) -> None:
        writable = self._writable(folder)
        for uid_set in uid_sets(uids):
            self._must_expunge(writable)
            self._remove(uid_set)

    def _move(self, folder: Folder, uid_set: str, target: str | bytes) -> None:
        if self._moves:
            try:
                self._client.move(uid_set, target)
                return
            except imaplib.IMAP4.error as error:
                if not _is_unknown(error):
                    raise
                self._moves = False
        self._must_expunge(folder)
        if not self._expunged:
            # One mail first: a server that says OK and removes none makes one copy, not five hundred.
            first = uid_set.partition(",")[0].partition(":")[0]
            self._copy_and_remove(first, target)
        self._copy_and_remove(uid_set, target)

    def _label(self, uid_set: str, label: bytes) -> None:
        """Whoever takes a mail out of Gmail's All Mail throws it away."""
        labels = f"({quoted(label).decode('latin-1')})"
        typ, lines = self._client.wire.uid("STORE", uid_set, "+X-GM-LABELS", labels)
        if typ != "OK":
            raise imaplib.IMAP4.error(str(lines))

    def _copy_and_remove(self, uid_set: str, target: str | bytes) -> None:
        if self._left(uid_set):
            self._client.copy(uid_set, target)
            self._remove(uid_set)

    def _remove(self, uid_set: str) -> None:
        """Some servers answer OK where the right is missing, and remove nothing (Dovecot: Expunge ignored)."""
        self._client.add_flags(uid_set, [DELETED], silent=True)
        self._client.uid_expunge(uid_set)
        if not self._expunged and self._left(uid_set):
            self._client.remove_flags(uid_set, [DELETED], silent=True)
            self._expunges = False
            raise self._refusal()
        self._expunged = True

    def _left(self, uid_set: str) -> list[int]:
        typ, lines = self._client.wire.uid("SEARCH", f"UID {uid_set}")
        if typ != "OK":
            raise imaplib.IMAP4.error("SEARCH failed")
        return found_uids(lines)

    def _writable(self, folder: Folder | None) -> Folder:
        if folder is None or folder.readonly:
            name = folder.name if folder else ""
            says = f"folder {name!r} may only be read"
            raise CommandRefused(f'{self._server}: {says}: set processed = "keep", or have the right given.')
        return folder

    def _must_last(self, folder: Folder | None, flag: bytes) -> None:
        """RFC 9051 section 7.1: a flag outside of PERMANENTFLAGS lasts no longer than the session, if that."""
        writable = self._writable(folder)
        if writable.lasting is not None and flag not in writable.lasting:
            says = f"no mail of folder {writable.name!r} can be marked as {flag.decode()[1:].lower()}"
            raise CommandRefused(f'{self._server}: {says}: set processed = "keep", or have the right given.')

    def _must_expunge(self, folder: Folder) -> None:
        """Tried on a UID that no mail has, before any copy: what cannot be removed would be copied for ever."""
        self._must_last(folder, DELETED)
        if self._expunges is None:
            try:
                self._client.uid_expunge(str(LAST_UID))
                self._expunges = True
            except imaplib.IMAP4.error as error:
                if isinstance(error, imaplib.IMAP4.abort):
                    raise
                self._expunges = False
        if not self._expunges:
            raise self._refusal()

    def _refusal(self) -> CommandRefused:
        return CommandRefused(f'{self._server}: the server cannot remove single mails: use processed = "seen".')


def _is_unknown(error: imaplib.IMAP4.error) -> bool:
    """BAD (RFC 9051 section 7.1.3), as imaplib words it."""
    return not isinstance(error, imaplib.IMAP4.abort) and "command error: BAD" in str(error)
