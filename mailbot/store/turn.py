"""Whose turn it is to write, among the threads of one process: first come, first served."""

import threading
from collections import deque
from types import TracebackType


class Turn:
    """A lock that is handed to whoever has waited longest. threading.Lock goes to whoever asks at the right moment: a
    thread that writes batch after batch would keep it, and the one that sends would starve.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
