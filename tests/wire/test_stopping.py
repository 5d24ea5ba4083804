"""RC-15: who is told to stop stops within ten seconds, whoever keeps him waiting."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import site_files

# Seconds.
WITHIN = 10.0
MAILBOXES = 6


def _mailbox(name: str, port: int) -> str:
    return (
        f'[mailboxes.{name}]\naddress = "{name}@acme.test"\ndepartment = "technical"\n'
        f'[mailboxes.{name}.imap]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        f'username = "{name}"\npassword_env = "SUPPORT"\n'
    )


def test_however_many_servers_say_nothing_the_robot_stops_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        port: int = silent.getsockname()[1]
        boxes = "".join(_mailbox(f"box{n}", port) for n in range(MAILBOXES))
        site = site_files.write(tmp_path, main=site_files.MAIN.partition("[mailboxes.support]")[0] + boxes)
        line = [sys.executable, "-m", "mailbot", "run", "--site", str(site)]
        with subprocess.Popen(line, env=os.environ | site_files.ENVIRON, stderr=subprocess.PIPE) as robot:
            waiting = [silent.accept()[0] for _ in range(MAILBOXES)]
            robot.send_signal(signal.SIGTERM)
            try:
                assert robot.wait(WITHIN) == 0
            finally:
                robot.kill()
                for one in waiting:
                    one.close()
