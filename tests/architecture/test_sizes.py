"""What a reader can hold in his head: a file is a page, a function a paragraph."""

import ast

from source import ROOT, modules

FILE = 300
FUNCTION = 40


def test_a_file_is_a_page() -> None:
    lengths = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in modules()}
    assert not {name: length for name, length in lengths.items() if length > FILE}


def test_a_function_is_a_paragraph() -> None:
    lengths = {
        f"{name}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not {name: length for name, length in lengths.items() if length > FUNCTION}
