"""The product's own files, as the tests of its architecture read them."""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mailbot"


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package, by its path from the root: "mailbot/work/desk.py"."""
    files = sorted(PACKAGE.rglob("*.py"))
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_bytes(), file) for file in files}


def calls(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    """Calls of a function or method that ends like one of `names`: "datetime.now" for both of its imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and f".{ast.unparse(node.func)}".endswith(tuple(f".{name}" for name in names)):
            yield node


def imported() -> set[str]:
    """Top-level names of other people's packages, as "jinja2"."""
    nodes = (node for tree in modules().values() for node in ast.walk(tree))
    names = {name.partition(".")[0] for node in nodes for name in _named(node)}
    return names - {"mailbot"} - set(sys.stdlib_module_names)


def _named(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom(module=str(module)):
            return [module]
    return []
