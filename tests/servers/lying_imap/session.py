"""One connection to the lying server: RFC 9051, except where a lie is planned."""

import base64
import re
import select
import socket
import struct
import threading
from typing import TYPE_CHECKING, NoReturn

from servers.lying_imap.answers import fetch_answers
from servers.lying_imap.box import Box
from servers.lying_imap.lies import Lie, Planned

if TYPE_CHECKING:
    from servers.lying_imap.server import LyingImap

_TICK = 0.01
_SOON = 5.0


class Left(OSError):
    """We are done with the client."""


class Session:
    def __init__(self, server: "LyingImap", connection: socket.socket) -> None:
        self._server = server
        self._socket = connection
        self._unread = b""
        self._box: Box | None = None
        self._readonly = True
        self._view: list[int] = []
        self._lies: list[Planned] = []

    def run(self) -> None:
        if self._server.implicit:
            self._socket = self._server.protected(self._socket)
        self._lies = self._server.lies_at("GREETING")
        if not self._spoiled("*"):
            self._say("* PREAUTH welcome" if self._lie(Lie.PREAUTH) else "* OK welcome")
        while True:
            tag, _, line = self._line().partition(" ")
            self._server.commands.append(line)
            name, _, rest = line.removeprefix("UID ").partition(" ")
            self._lies = self._server.lies_at(name)
            if not self._spoiled(tag):
                self._answer(tag, name, rest)

    def close(self) -> None:
        self._socket.close()

    def _answer(self, tag: str, name: str, rest: str) -> None:
        if name == "STARTTLS":
            self._start_tls(tag)
            return
        text = self._worked(name, rest)
        if afterthought := self._lie(Lie.AFTERTHOUGHT):
            self._say(afterthought.text)
        self._tell(expunged=name not in ("FETCH", "STORE", "SEARCH"))
        self._say(f"{tag} {text}")
        if name == "LOGOUT":
            raise Left

    def _worked(self, name: str, rest: str) -> str:
        match name:
            case "CAPABILITY":
                self._say(f"* CAPABILITY {' '.join(sorted(self._server.capabilities))}")
            case "LOGIN" | "AUTHENTICATE":
                return self._log_in(name, rest)
            case "LIST":
                self._list(rest)
            case "SELECT" | "EXAMINE":
                return self._select(name, rest)
            case "SEARCH" | "FETCH" | "STORE" | "COPY" | "MOVE" | "EXPUNGE":
                return self._in_folder(name, rest)
            case "IDLE":
                self._idle()
            case "LOGOUT":
                self._say("* BYE until next time")
            case "NOOP":
                pass
            case _ if name in self._server.told:
                self._say(self._server.told[name])
            case _:
                return "BAD unknown command"
        return "OK done"

    def _log_in(self, name: str, rest: str) -> str:
        if name == "LOGIN":
            match = re.fullmatch(r'(\S+) "((?:[^"\\]|\\.)*)"', rest)
            password = re.sub(r"\\(.)", r"\1", match[2]) if match else ""
        elif rest == "XOAUTH2":
            self._say("+ ")
            password = base64.b64decode(self._line()).decode().split("\1")[1].removeprefix("auth=Bearer ")
            if password not in self._server.passwords:
                # developers.google.com/gmail/imap/xoauth2-protocol: why not, which an empty line answers.
                self._say(f"+ {base64.b64encode(password.encode()).decode()}")
                assert self._line() == ""
        else:
            self._say("+ ")
            password = base64.b64decode(self._line()).decode().split("\0")[-1]
        accepted = password in self._server.passwords
        return "OK welcome" if accepted else "NO [AUTHENTICATIONFAILED] Authentication failed for somebody@example.com"

    def _start_tls(self, tag: str) -> None:
        injected = self._lie(Lie.INJECT)
        more = f"{injected.text}\r\n" if injected else ""
        self._send(f"{tag} OK begin now\r\n{more}".encode())
        self._socket = self._server.protected(self._socket)

    def _list(self, rest: str) -> None:
        """Of a reference that is empty; a pattern is a name, "*" all of them, "" the delimiter."""
        special = rest.startswith("(SPECIAL-USE) ")
        pattern = _unquoted(rest.removeprefix("(SPECIAL-USE) ").partition(" ")[2])
        delimiter = f'"{self._server.delimiter}"' if self._server.delimiter else "NIL"
        if not pattern:
            self._say(f'* LIST () {delimiter} ""')
        for name, box in self._server.boxes.items():
            shown = box.attributes if special or self._server.marks_in_list else ()
            if (pattern == "*" and (box.attributes or not special)) or pattern == name:
                quoted = name.replace("\\", "\\\\").replace('"', '\\"')
                self._send(f'* LIST ({" ".join(shown)}) {delimiter} "{quoted}"\r\n'.encode("latin-1"))

    def _select(self, name: str, rest: str) -> str:
        box = self._server.boxes.get(_unquoted(rest))
        if box is None or r"\Noselect" in box.attributes:
            return "NO [NONEXISTENT] No such folder for somebody@example.com"
        self._box = box
        self._readonly = name == "EXAMINE" or box.readonly
        self._view = [letter.uid for letter in box.letters]
        self._say(r"* FLAGS (\Answered \Flagged \Deleted \Seen \Draft)")
        self._say(f"* {len(self._view)} EXISTS", "* 0 RECENT")
        if box.lasting is not None:
            self._say(f"* OK [PERMANENTFLAGS ({' '.join(box.lasting)})] Limited")
        if box.uidvalidity:
            self._say(f"* OK [UIDVALIDITY {box.uidvalidity}] UIDs valid")
        if self._server.tells_uidnext:
            self._say(f"* OK [UIDNEXT {box.uidnext}] Predicted next UID")
        return f"OK [READ-{'ONLY' if self._readonly else 'WRITE'}] opened"

    def _in_folder(self, name: str, rest: str) -> str:
        assert self._box is not None
        with self._server.lock:
            if name == "SEARCH":
                found = [str(letter.uid) for letter in self._box.found(rest)]
                self._say(" ".join(["* SEARCH", *found]))
                return "OK done"
            if name == "FETCH":
                return self._fetch(self._box, rest)
            return self._changed(self._box, name, rest)

    def _fetch(self, box: Box, rest: str) -> str:
        uid_set, _, items = rest.partition(" ")
        asked = {letter.uid for letter in box.chosen(uid_set)}
        breaks = self._server.breaks_at if "BODY" in items else self._server.breaks_listing
        refuses = self._server.refuses.keys() if "BODY" in items else set()
        bad = min(asked & (breaks | refuses), default=None)
        if bad is not None:
            before = ",".join(str(uid) for uid in sorted(asked) if uid < bad)
            rest = f"{before} {items}"
        for answer in fetch_answers(box, rest, self._lies) if rest[0] != " " else ():
            self._send(answer)
        if bad in breaks:
            raise Left
        return self._server.refuses[bad] if bad else self._after_fetch()

    def _after_fetch(self) -> str:
        if self._lie(Lie.CUT) or self._lie(Lie.HUGE):
            raise Left
        if self._lie(Lie.STALL):
            self._hang()
        return "OK done"

    def _changed(self, box: Box, name: str, rest: str) -> str:
        if self._readonly:
            return "NO [READ-ONLY] Folder of somebody@example.com is read-only"
        uid_set, _, argument = rest.partition(" ")
        letters = box.chosen(uid_set or "1:*")
        if argument.startswith("+X-GM-LABELS"):
            for letter in letters:
                letter.labels |= set(re.findall(r'"([^"]*)"', argument))
        elif name == "STORE":
            for letter in letters:
                flags = set(re.findall(r"\\\w+", argument))
                letter.flags = letter.flags - flags if argument.startswith("-") else letter.flags | flags
        if name in ("COPY", "MOVE"):
            target = self._server.boxes.get(_unquoted(argument))
            if target is None:
                return "NO [TRYCREATE] No such folder"
            for letter in letters:
                target.add(letter.raw, letter.internaldate)
        gone = [letter for letter in letters if name == "MOVE" or r"\Deleted" in letter.flags]
        if name in ("MOVE", "EXPUNGE") and not self._lie(Lie.IDLY):
            box.remove({letter.uid for letter in gone})
        return "OK done"

    def _idle(self) -> None:
        if haste := self._lie(Lie.HASTE):
            self._say("+ idling", haste.text)
            if not select.select([self._socket], [], [], _SOON)[0]:
                raise Left
        else:
            self._say("+ idling")
        if self._lie(Lie.DESERT):
            raise Left
        if self._lie(Lie.MUTE):
            self._hang()
        if dribble := self._lie(Lie.DRIBBLE):
            half = len(dribble.text) // 2
            self._send(dribble.text[:half].encode())
            threading.Event().wait(_TICK)
            self._say(dribble.text[half:])
        while not self._readable():
            self._tell(expunged=True)
        assert self._line() == "DONE"

    def _tell(self, expunged: bool) -> None:
        """News since this session was last told: EXPUNGE only where RFC 9051 section 7.5.1 allows it."""
        if self._box is None:
            return
        with self._server.lock:
            now = [letter.uid for letter in self._box.letters]
        gone = [number for number, uid in enumerate(self._view, 1) if uid not in now]
        new = [uid for uid in now if uid not in self._view]
        if expunged:
            for number in reversed(gone):
                self._say(f"* {number} EXPUNGE")
            self._view = [uid for uid in self._view if uid in now]
        self._view += new
        if new:
            self._say(f"* {len(self._view)} EXISTS")

    def _spoiled(self, tag: str) -> bool:
        """Tells the lies that fit any command; True where one of them was the whole answer."""
        for planned in self._lies:
            match planned.lie:
                case Lie.REMARK:
                    self._say(planned.text)
                case Lie.NO | Lie.BAD:
                    self._say(f"{tag} {planned.lie.name} {planned.text}")
                    return True
                case Lie.BYE:
                    self._say(f"* BYE {planned.text}")
                    raise Left
                case Lie.CLOSE:
                    raise Left
                case Lie.RESET:
                    self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    raise Left
                case Lie.HANG:
                    self._hang()
                case Lie.DRIP | Lie.FLOOD:
                    self._babble(planned)
        return False

    def _babble(self, planned: Planned) -> NoReturn:
        line = "* OK " + "x" * (60_000 if planned.lie is Lie.FLOOD else 1)
        while True:
            self._say(line)
            if planned.lie is Lie.DRIP:
                threading.Event().wait(_TICK)

    def _hang(self) -> NoReturn:
        while self._socket.recv(65536):
            pass
        raise Left

    def _lie(self, lie: Lie) -> Planned | None:
        return next((planned for planned in self._lies if planned.lie is lie), None)

    def _readable(self) -> bool:
        return bool(self._unread or select.select([self._socket], [], [], _TICK)[0])

    def _line(self) -> str:
        while b"\r\n" not in self._unread:
            data = self._socket.recv(65536)
            if not data:
                raise Left
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\r\n")
        return line.decode("latin-1")

    def _say(self, *lines: str) -> None:
        self._send("".join(f"{line}\r\n" for line in lines).encode())

    def _send(self, data: bytes) -> None:
        self._socket.sendall(data)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.strip().removeprefix('"').removesuffix('"'))
