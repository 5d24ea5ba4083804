"""Who may import whom: the contracts of pyproject.toml hold, and no library comes in without one."""

import tomllib

import pytest
from importlinter.cli import lint_imports
from source import ROOT, imported


def test_each_module_imports_only_what_its_layer_may(capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)
    assert not broken, capsys.readouterr().out


def test_every_library_has_a_door() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    guarded = {library for contract in options["contracts"] for library in contract.get("protected_modules", ())}
    assert imported() == guarded
