"""Who reads mail for a daemon dies with it, whatever he is doing."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from servers.process import PATIENCE

from crash.sessions import members

STUCK = Path(__file__).with_name("stuck.py")


def test_children_of_a_killed_robot_die_with_it_even_those_that_are_stuck() -> None:
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, STUCK], stdout=subprocess.PIPE, env=os.environ | path, start_new_session=True
    ) as robot:
        assert robot.stdout
        assert robot.stdout.readline() == b"stuck\n"
        # Itself, the fork server and its tracker, and the two who read.
        _until(lambda: len(members(robot.pid)) == 5)
        robot.kill()
    _until(lambda: not members(robot.pid))


def _until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, "they live on"
        time.sleep(0.01)
