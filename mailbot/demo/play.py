"""Plays the story with the robot between a post office and a site, and stays for the viewer's own letters."""

import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from mailbot import register, settings
from mailbot.daemon import Daemon
from mailbot.demo import site
from mailbot.demo.office import PEOPLE, PostOffice
from mailbot.demo.show import show
from mailbot.demo.stage import Stage
from mailbot.demo.story import Answer, filled, scenes
from mailbot.work.customers import import_customers
from mailbot.work.desk import Desk
from mailbot.work.opening import only_daemon, open_desk

_LOOK_AGAIN = 0.2


def play(directory: Path, console: Console, *, stay: bool) -> None:
    """In a folder that is empty or new. With `stay` it ends by KeyboardInterrupt only.

    Raises FileExistsError where the folder is in use, StoryError or StageError where the robot does not play its part.
    """
    words = site.passwords()
    with PostOffice(site.BORDER, words) as office:
        site.write(directory, office.ports, words)
        checked = settings.load(directory, {}, rules=True)
        desk = open_desk(checked.site, checked.rules.policy, make=True)
        import_customers(desk.database, register.read(directory / "register"), close_missing=False)
        with only_daemon(desk.database), _robot(desk) as thread:
            stage = Stage(desk, office, thread.is_alive)
            _tell(stage, office, desk, console)
            if stay:
                _invite(directory, office, words, console)
                _watch(stage, console)


@contextmanager
def _robot(desk: Desk) -> Iterator[threading.Thread]:
    daemon = Daemon(desk, once=False)
    thread = threading.Thread(target=daemon.run, name="robot")
    thread.start()
    try:
        yield thread
    finally:
        daemon.stop()
        thread.join()


def _tell(stage: Stage, office: PostOffice, desk: Desk, console: Console) -> None:
    answers: list[Answer] = []
    story = scenes()
    kept = Path(desk.site.directory) / "letters"
    kept.mkdir()
    for n, scene in enumerate(story, 1):
        letter = filled(scene, answers, datetime.now(ZoneInfo(desk.site.robot.timezone)))
        (kept / f"{scene.number}.eml").write_bytes(letter.content)
        office.post(letter)
        stage.settle()
        seen = stage.seen()
        answers += stage.answers(seen, scene.number)
        show(stage.block(seen, f"letter {n} of {len(story)}", scene.look), console)
    sums = stage.sums()
    console.print(
        f"{len(story)} letters in {sums.received} deliveries: {_counted(sums.outcomes)}.\n"
        f"Mails: {_counted(sums.outgoing)}. Nothing waits."
    )


def _counted(counts: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name.replace('-', ' ')}" for name, count in counts)


def _watch(stage: Stage, console: Console) -> None:
    while True:
        seen = stage.seen() if stage.is_settled() else None
        if seen and (seen.deliveries or seen.mails):
            show(stage.block(seen, f"{datetime.now():%H:%M:%S}"), console)  # noqa: DTZ005 - the viewer's own clock
        time.sleep(_LOOK_AGAIN)


def _invite(directory: Path, office: PostOffice, words: Mapping[str, str], console: Console) -> None:
    ports = office.ports
    program = sys.argv[0] if Path(sys.argv[0]).name == "mailbot" else "mailbot"
    console.print(
        Text(
            f"""
Now write yourself, as one of these customers, as an agent who replies, or as anybody:

  printf 'From: dana.harper@northgatebooks.example\\nSubject: No dial tone\\n\\nOur phones are dead.\\n' |
    curl -sS smtp://127.0.0.1:{ports.door} --crlf --mail-from dana.harper@northgatebooks.example \\
      --mail-rcpt support@nordet.example --upload-file -

With a mail program: SMTP 127.0.0.1 port {ports.door}, no encryption, no password;
what the robot writes to people: IMAP 127.0.0.1 port {ports.imap}, user {PEOPLE}, password {words[PEOPLE]}

In another terminal, ask why, and see all tickets:

  {program} explain {directory}/letters/01.eml --site {directory}
  {program} tickets list --site {directory}

Ctrl-C ends the demo.
"""
        ),
        soft_wrap=True,
    )
