"""The file name is the plug-in: what each kind of file must bring along."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest
from source import PACKAGE

import mailbot.parsers.fields

FIELDS = sorted(module.name for module in iter_modules(mailbot.parsers.fields.__path__))
TEMPLATES = sorted(path.name for path in (PACKAGE / "templates").iterdir() if path.name.count(".") == 2)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_shows_by_example_what_it_reads(name: str) -> None:
    module = import_module(f"mailbot.parsers.fields.{name}")
    examples = (example for found in doctest.DocTestFinder().find(module.extract) for example in found.examples)
    assert any(examples)


@pytest.mark.parametrize("mail", sorted({name.split(".")[0] for name in TEMPLATES}))
def test_a_mail_is_written_in_both_languages_as_text_and_html(mail: str) -> None:
    found = {name for name in TEMPLATES if name.split(".")[0] == mail}
    assert found == {f"{mail}.{language}.{kind}" for language in ("fr", "en") for kind in ("txt", "html")}
