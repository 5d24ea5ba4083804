"""What people install: a source archive and the wheel made from it, used far away from this tree."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from source import ROOT

import mailbot

# Folders of this tree, and where the wheel has them.
CARRIED = {"mailbot": "mailbot", "migrations": "mailbot/_migrations", "rules": "mailbot/_rules"}
_LEFT_BY_PYTHON = ("__pycache__",)


@dataclass(frozen=True, slots=True)
class Installed:
    """Only the wheel, beside the packages that the tests run with; `elsewhere` is a folder that holds nothing of it."""

    programs: Path
    elsewhere: Path

    def run(self, program: str, *arguments: str) -> str:
        environ = {"PATH": os.defpath, "HOME": str(self.elsewhere)}
        ran = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.elsewhere,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        return ran.stdout


def _hatchling(tree: Path, target: str, folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", folder],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("mailbot-*.tar.gz" if target == "sdist" else "mailbot-*.whl")
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _hatchling(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # Python 3.11.2 of Debian 12 knows no filter for extractall, and later ones insist on one.
    subprocess.run(["tar", "-xf", sdist, "-C", folder], check=True)
    (tree,) = folder.iterdir()
    return _hatchling(tree, "wheel", folder)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv")
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    # As a path and nothing more: the links that an editable installation left there are not followed.
    (packages / "tested.pth").write_text(sysconfig.get_path("purelib"))
    interpreter = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(interpreter)]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", wheel], check=True)
    (folder / "elsewhere").mkdir()
    return Installed(folder / "venv" / "bin", folder / "elsewhere")


def _files(folder: str) -> set[str]:
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT / folder).as_posix() for path in found if path.parent.name not in _LEFT_BY_PYTHON}


def test_the_wheel_carries_every_file_that_the_robot_needs_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {f"{inside}/{name}" for outside, inside in CARRIED.items() for name in _files(outside)}


def test_the_source_archive_is_the_whole_tree(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {f"{outside}/{name}" for outside in (*CARRIED, "tests", "requirements") for name in _files(outside)}
    assert wanted | {"LICENSE", "Makefile", "README.md", "pyproject.toml"} <= names


def test_the_version_is_that_of_the_package(wheel: Path, installed: Installed) -> None:
    assert wheel.name.startswith(f"mailbot-{mailbot.__version__}-")
    assert installed.run("mailbot", "--version") == f"mailbot {mailbot.__version__}\n"


def test_nothing_of_the_tree_is_used_once_it_is_installed(installed: Installed) -> None:
    where = installed.run("python", "-c", "import mailbot; print(mailbot.__file__)")
    assert Path(where).is_relative_to(installed.programs.parent)


def test_an_installed_mailbot_makes_a_site_and_its_database_from_any_folder(installed: Installed) -> None:
    site = str(installed.elsewhere / "site")
    installed.run("mailbot", "init", site)
    assert "no problem found" in installed.run("mailbot", "check", "--site", site)
    assert "upgraded to" in installed.run("mailbot", "db", "upgrade", "--site", site)
    assert "no delivery" in installed.run("mailbot", "deliveries", "list", "--site", site)


def test_an_installed_mailbot_plays_its_demo(installed: Installed) -> None:
    assert "letter 15 of 15" in installed.run("mailbot", "demo")
