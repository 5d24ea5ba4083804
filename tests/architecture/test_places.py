"""One place for each thing: transactions, the clock, broad excepts; and names that say where a thing belongs."""

import ast
from pathlib import PurePath

from source import ROOT, calls, modules

# They say nothing about what is inside, so in the end everything is.
NO_NAMES = {"base", "common", "handler", "handlers", "helper", "helpers", "manager", "misc", "service", "util", "utils"}

ROOT_FOLDER = {
    ".ci",
    ".gitattributes",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "bench",
    "deploy",
    "mailbot",
    "migrations",
    "pyproject.toml",
    "requirements",
    "rules",
    "tests",
}


def modules_that_call(*names: str) -> set[str]:
    return {module for module, tree in modules().items() if any(calls(tree, *names))}


def test_transactions_begin_and_end_at_one_place() -> None:
    assert modules_that_call("engine.begin", "conn.begin", "connection.begin") == {"mailbot/work/transactions.py"}
    assert modules_that_call("commit", "rollback") == {"mailbot/work/transactions.py"}


def test_the_robot_has_one_clock() -> None:
    asking = modules_that_call("datetime.now", "datetime.today", "datetime.utcnow", "date.today", "time.time")
    robot = {module for module in asking if not module.startswith("mailbot/demo/")}
    # Tokens end by the clock as well, and are asked for where a connection is opened.
    assert robot == {"mailbot/oauth2/keeping.py", "mailbot/work/desk.py"}


def test_a_module_is_named_after_what_it_is_about() -> None:
    assert not [module for module in modules() if NO_NAMES & {*PurePath(module).with_suffix("").parts}]


def test_everything_is_caught_only_where_the_line_must_go_on() -> None:
    broad = {module for module, tree in modules().items() for node in ast.walk(tree) if _catches_everything(node)}
    assert broad == {"mailbot/daemon.py", "mailbot/parsers/message.py", "mailbot/sandbox.py", "mailbot/work/process.py"}


def _catches_everything(node: ast.AST) -> bool:
    """And keeps it: cleaning up and raising again is another matter."""
    if not isinstance(node, ast.ExceptHandler):
        return False
    named = {"BaseException"} if node.type is None else set(ast.unparse(node.type).strip("()").split(", "))
    last = node.body[-1]
    return bool(named & {"BaseException", "Exception"}) and not (isinstance(last, ast.Raise) and last.exc is None)


def test_the_root_folder_holds_nothing_else() -> None:
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()}
    assert {path.name for path in ROOT.iterdir()} - ignored - {".git"} <= ROOT_FOLDER
