"""Reading mail in children that can be killed: bounded in time and memory, without network, secrets or database."""

import ctypes
import fcntl
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pebble import ProcessExpired, ProcessPool

from mailbot.model import Limits, Message, Reading
from mailbot.parsers.message import parse

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Parse = Callable[[bytes, Reading], Message]

# A portion is one message to a child: enough mails that the message costs little, few enough to share out a batch.
PORTION = 13
PORTION_OCTETS = 4 * 1024 * 1024
# A child is replaced after so many portions, whatever it may have leaked.
RECYCLE = 1000
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
# What a Python needs of its environment; passwords stand there too (design 1.1: password_env), and a child needs none.
_ENVIRONMENT = frozenset({"HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "PYTHONPATH", "TMPDIR", "TZ", "VIRTUAL_ENV"})


@dataclass(frozen=True, slots=True)
class Crash:
    """Reading this mail, and nothing beside it, ended its child: killed, out of memory, out of time, or by a fault."""

    reason: str


class Unusable(Exception):
    """No mail can be read here, and none is to blame for that."""


class Batch:
    """Mails that are being read; `result` waits for them."""

    def __init__(self, sandbox: "Sandbox", portions: Sequence[tuple[Sequence[bytes], "Future[list[Message]]"]]) -> None:
        self._sandbox = sandbox
        self._portions = portions

    def result(self) -> tuple[Message | Crash, ...]:
        """In their order. A portion that ended badly is read again mail by mail: only the guilty one is a Crash."""
        return tuple(read for raws, future in self._portions for read in self._sandbox.settled(raws, future))


class Sandbox:
    """`read` is parse but in tests; `heard` is called whenever a child has answered, or was given up.

    Children start with the first mails and end with the sandbox.
    """

    def __init__(
        self, reading: Reading, limits: Limits, read: Parse = parse, heard: Callable[[], None] | None = None
    ) -> None:
        self._limits = limits
        self._heard = heard
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([read.__module__])
        with _bare_environment():
            forkserver.ensure_running()
        # Nothing is ever written to it: it closes when this process dies, however it dies.
        line, self._lifeline = context.Pipe(duplex=False)
        self._pool = ProcessPool(
            max_workers=limits.workers,
            max_tasks=RECYCLE,
            initializer=_confine,
            initargs=(reading, limits, read, line),
            context=context,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
        self._lifeline.close()

    def warm_up(self) -> None:
        """Waits until a child is ready: no mail may fly as long as a start takes, for who flies in a crash is suspect.

        Raises Unusable.
        """
        read = self._waited(self._schedule([]))
        if isinstance(read, Crash):
            raise Unusable(f"no child can be started to read mail: {read.reason}")

    def begin(self, raws: Sequence[bytes]) -> Batch:
        """Returns at once."""
        return Batch(self, [(portion, self._schedule(portion)) for portion in _portions(raws)])

    def settled(self, raws: Sequence[bytes], future: "Future[list[Message]]") -> Sequence[Message | Crash]:
        read = self._waited(future)
        if self._heard:
            self._heard()
        if not isinstance(read, Crash):
            return read
        if len(raws) == 1:
            return [read]
        return [one for raw in raws for one in self.settled([raw], self._schedule([raw]))]

    def _schedule(self, raws: Sequence[bytes]) -> "Future[list[Message]]":
        sent = list(raws)
        scheduled: Future[list[Message]] = self._pool.schedule(_read, args=[sent], timeout=self._limits.worker_wall)
        # Pebble keeps its last task until the next one comes, which may be tomorrow.
        scheduled.add_done_callback(lambda _: sent.clear())
        return scheduled

    def _waited(self, future: "Future[list[Message]]") -> list[Message] | Crash:
        try:
            return future.result()
        except TimeoutError:
            return Crash(f"not read within {self._limits.worker_wall} s")
        except ProcessExpired as death:
            return Crash(f"its child died (exit code {death.exitcode})")
        except MemoryError:
            return Crash(f"more than {self._limits.worker_memory // 1024**2} MiB of memory")
        except Exception as fault:  # noqa: BLE001 - parse is total; where it is not, that is this mail's crash, not ours
            return Crash(type(fault).__name__)


def _portions(raws: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    first = octets = 0
    for n, raw in enumerate(raws):
        if n > first and (n - first >= PORTION or octets + len(raw) > PORTION_OCTETS):
            yield raws[first:n]
            first, octets = n, 0
        octets += len(raw)
    if first < len(raws):
        yield raws[first:]


@contextmanager
def _bare_environment() -> Iterator[None]:
    kept = dict(os.environ)
    for name in set(kept) - _ENVIRONMENT:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)


_task: tuple[Reading, Limits, Parse] | None = None


def _confine(reading: Reading, limits: Limits, read: Parse, line: "Connection[None, None]") -> None:
    """In the child, before the first mail."""
    global _task
    _task = reading, limits, read
    _die_with(line)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = _address_space() + limits.worker_memory
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    _leave_the_network()


def _die_with(line: "Connection[None, None]") -> None:
    """When the other end closes, the kernel kills this process: it may be stuck where it sees no signal of ours.

    The parent of a child is the fork server, which its children keep alive, so PR_SET_PDEATHSIG would not do.
    """
    # Opened anew: what is set is set for all that share an opening, and every child was handed the same.
    own = os.open(f"/proc/self/fd/{line.fileno()}", os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(own, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(own, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(own, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    if line.poll():
        os.kill(os.getpid(), signal.SIGKILL)


def _leave_the_network() -> None:
    """An own network namespace, which has no interface. Where the kernel forbids that, the limits alone remain."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no path of anybody's
        return int(file.read().split()[0]) * resource.getpagesize()


def _read(raws: list[bytes]) -> list[Message]:
    if _task is None:
        raise RuntimeError("the child was not prepared")
    reading, limits, read = _task
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + limits.worker_cpu + 1
    # SIGXCPU ends the child: a loop in C would not see an exception.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    return [read(raw, reading) for raw in raws]
