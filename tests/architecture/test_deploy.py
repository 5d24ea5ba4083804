"""What stands in deploy/ and would fail silently, or only on somebody's machine."""

import re
import tomllib

from source import ROOT

UNIT = (ROOT / "deploy" / "mailbot.service").read_text("utf-8")
IMAGE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
IGNORED = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()


def setting(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


def test_the_unit_lets_children_leave_the_network() -> None:
    """mailbot.sandbox goes on without complaint where it cannot."""
    assert setting("RestrictNamespaces") == ["user net"]
    allowed, *denied = setting("SystemCallFilter")
    assert allowed == "@system-service"
    assert "@process" not in " ".join(denied)


def test_the_unit_never_gives_up_and_asks_nobody_but_the_robot_to_stop() -> None:
    assert (setting("StartLimitIntervalSec"), setting("Restart"), setting("KillMode")) == (["0"], ["always"], ["mixed"])


def test_the_image_holds_what_the_wheel_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    for folder in (folder for folder in carried if (ROOT / folder).is_dir()):
        assert f"\nCOPY {folder} {folder}\n" in IMAGE
        assert f"!{folder}" in IGNORED


def test_the_image_runs_as_nobody_in_particular() -> None:
    last = IMAGE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert 'HEALTHCHECK --interval=1m --timeout=20s --start-period=2m --retries=3 CMD ["mailbot", "status"]' in last
