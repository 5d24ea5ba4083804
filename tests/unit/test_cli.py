"""The command line as a whole: statuses, sentences in place of tracebacks, and what reaches a terminal."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import command_line
import pytest
import site_files
from rich.console import Console

import mailbot
from mailbot.cli import app, output
from mailbot.work.opening import open_database

ROOT = Path(mailbot.__file__).parent.parent


def test_without_a_command_help_is_wrong_use() -> None:
    ran = command_line.mailbot()

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("Usage: mailbot")


def test_the_version_is_the_packages() -> None:
    assert command_line.mailbot("--version") == command_line.Ran(0, f"mailbot {mailbot.__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("chek",), "mailbot: No such command 'chek'. Did you mean 'check'?"),
        (("check", "--json"), "mailbot: No such option: --json"),
        (("init",), "mailbot: Missing argument 'DIR'"),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(arguments: tuple[str, ...], sentence: str) -> None:
    ran = command_line.mailbot(*arguments)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"{sentence} (`mailbot --help` shows how)\n"


def test_help_loads_no_library_that_it_does_not_need() -> None:
    heavy = ("pydantic", "sqlalchemy", "rich", "imapclient", "aiosmtplib", "jinja2", "mailparser", "asyncio")
    code = f"import sys, mailbot.cli; print([name for name in {heavy} if name in sys.modules])"

    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ran.stdout == "[]\n"


def test_status_loads_neither_the_reader_of_mails_nor_templates(tmp_path: Path) -> None:
    """A monitor runs it every minute."""
    site_files.write(tmp_path)
    open_database(f"sqlite:///{tmp_path}/mailbot.db", make=True).engine.dispose()
    heavy = ("jinja2", "mailparser", "fasttext", "imapclient", "aiosmtplib", "alembic")
    say = f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    code = f"import atexit, sys, mailbot.cli; atexit.register(lambda: {say}); mailbot.cli.main()"
    command = [sys.executable, "-c", code, "status", "--json", "--site", str(tmp_path)]

    ran = subprocess.run(command, cwd=ROOT, env=os.environ | site_files.ENVIRON, capture_output=True, text=True)

    assert (ran.returncode, ran.stderr) == (1, "[]\n")
    assert "no daemon is running" in ran.stdout


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (KeyboardInterrupt(), 130, ""),
        (PermissionError(13, "Permission denied", "/root/site"), 1, "mailbot: /root/site: Permission denied\n"),
        (OSError("the disk is full"), 1, "mailbot: the disk is full\n"),
    ],
)
def test_a_broken_wire_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, sentence: str
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("mailbot.cli.output.load", breaks)

    assert command_line.mailbot("check") == command_line.Ran(status, "", sentence)


def test_a_reader_who_has_enough_causes_no_complaint() -> None:
    code = "import sys; from mailbot.cli import main; sys.argv = ['mailbot', '--help']; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()

        assert process.stderr.read() == b""
        assert process.wait() == 1


def test_every_command_has_a_help_line() -> None:
    for command in app.registered_commands:
        assert command.callback
        assert command.callback.__doc__


def test_no_text_moves_the_cursor_or_turns_the_direction_of_reading() -> None:
    text = "a\x1b[2Jb\x9bc\r\u202ed\u2066e\x00f\tg\nh"

    assert output.one_line(text) == "a�[2Jb�c��d�e�f g h"
    assert output.many_lines(text) == "a�[2Jb�c��d�e�f\tg\nh"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_a_line_of_json_is_json_whatever_the_terminals_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding, errors="backslashreplace")
    monkeypatch.setattr("sys.stdout", out)

    output.json_line({"subject": "Été 😀"})

    out.seek(0)
    assert json.loads(out.read()) == {"subject": "Été 😀"}


def test_a_table_off_a_terminal_is_plain_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300

    output.table(("name", "value"), [("[bold]a[/bold]", long), ("b\x1b[31m", "")], {"b": "red"})

    assert capsys.readouterr().out.splitlines() == ["NAME            VALUE", f"[bold]a[/bold]  {long}", "b�[31m"]


def test_a_table_on_a_terminal_has_colours(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rich.console.Console", lambda **_: Console(force_terminal=True, color_system="standard"))

    output.table(("state",), [("failed",)], {"failed": "red"})

    assert "\x1b[31mfailed" in capsys.readouterr().out


def test_a_card_leaves_out_what_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    output.card((("from", "Jean"), ("cc", ""), ("message-id", "<a@b>"), ("\x1b", "\x1b")))

    assert capsys.readouterr().out == "from        Jean\nmessage-id  <a@b>\n�           �\n"
