"""The files of rules/ are read, or every fault of them is named with its file, line and key."""

import pytest
from policies import CANCEL, SOUND, TECHNICAL, faults, faults_of, shipped

from mailbot import policy
from mailbot.model import Language, RequestClass

INTENTS = (
    "abuse-report access-lost address-change billing-question cancel complaint e-invoice feedback general incident "
    "invoice-problem payment-reported plan-change quote-request"
)


def test_the_shipped_rules_are_sound_and_have_every_intent_of_the_contract() -> None:
    read = shipped()
    assert " ".join(intent.key for intent in read.intents) == INTENTS
    assert [department.key for department in read.departments] == ["abuse", "customer-care", "financial", "technical"]


def test_every_shipped_name_is_in_both_languages() -> None:
    names = [one.name for one in shipped().departments] + [one.name for one in shipped().intents]
    assert all(name.of(language) for name in names for language in Language)


def test_the_sensitive_intents_are_those_that_change_an_account_or_open_it() -> None:
    sensitive = {intent.key for intent in shipped().intents if intent.klass is RequestClass.SENSITIVE}
    assert sensitive == {"access-lost", "address-change", "cancel"}


def test_the_name_of_a_file_is_its_key() -> None:
    read = policy.read({"departments/sales.toml": TECHNICAL})
    assert read.department_name("sales", Language.FR) == "Service technique"
    assert read.department_name("gone", Language.FR) == "gone"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (b'class = "sensible"', '1: class: "sensible" is not one of general, account, sensitive'),
        (b'clas = "account"', "1: clas: unknown key; did you mean class?"),
        (b'class = "account"\n[words]\nfr = []\nen = ["x"]', "3: words.fr: names nothing: name at least one"),
        (b'class = "account"\n[words]\nfr = "x"\nen = ["x"]', '3: words.fr: "x" is not a list: put it in [ ]'),
        (
            b'class = "account"\n[words]\nfr = ["a", 7]\nen = ["x"]',
            "3: words.fr item 2: 7 is not text: put it in quotes",
        ),
        (b'class = "account"\n[word]\nfr = ["x"]', "2: word: unknown key; did you mean words?"),
        (b'class = "account"\n[words]\nfr = ["x"]\nen = ["x"]\nde = ["x"]', "5: words.de: unknown key"),
        (b"class = account", "1: is not valid TOML at column 9: Invalid value (text stands in quotes)"),
        (
            b"class = 1\nclass = 2\n",
            "2: is not valid TOML at column 10: Cannot overwrite a value (the same key stands twice)",
        ),
        (b'class = "\xff"', "1: is not UTF-8: save the file in that encoding"),
    ],
)
def test_a_fault_names_file_line_and_key_and_what_was_meant(written: bytes, says: str) -> None:
    assert f"rules/intents/extra.toml:{says}" in faults(extra=written)


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("!?", "is empty: write a word or several"),
        ("   ", "is empty: write a word or several"),
        ("* facture", '"* facture": a * alone stands for words between two others'),
        ("facture * * fausse", '"facture * * fausse": a * alone stands for words between two others'),
        ("a * b * c * d", '"a * b * c * d" has more than 2 gaps'),
        ("fac*ture", '"fac*ture": a * stands at the end of a word, or alone between two'),
        ("fa*", '"fa*": at least 3 letters stand before a *'),
        ("one two three four five six seven eight nine ten eleven twelve thirteen", "has 13 words; 12 are the most"),
    ],
)
def test_a_phrase_that_cannot_be_looked_for_is_a_fault(phrase: str, says: str) -> None:
    (found,) = faults(extra=f'class = "account"\n[words]\nfr = ["{phrase}"]\nen = ["x"]'.encode())
    assert found.startswith("rules/intents/extra.toml:3: words.fr item 1: ")
    assert found.endswith(says)


def test_all_faults_of_all_files_are_told_at_once() -> None:
    found = faults(one=b'clas = "account"', two=b"= 1")
    assert [sentence.split(":")[0] for sentence in found] == ["rules/intents/one.toml"] * 3 + ["rules/intents/two.toml"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("intent/cancel.toml", "rules/intent: unknown folder; did you mean intents?"),
        ("calendars/business.toml", "rules/calendars: unknown folder; there are departments and intents"),
        ("cancel.toml", "rules/cancel.toml: stands outside of every folder; there are departments and intents"),
        ("intents/a/b.toml", "rules/intents/a/b.toml: lies too deep: the files of intents lie in rules/intents itself"),
        (
            "intents/cancel.tml",
            "rules/intents/cancel.tml: is no file of rules: their names end in .toml; did you mean cancel.toml?",
        ),
        (
            "intents/Cancel.toml",
            "rules/intents/Cancel.toml: its name is what others call it by, and "
            '"Cancel" is not a plain word: small letters and hyphens',
        ),
        (
            f"intents/{'x' * 41}.toml",
            f"rules/intents/{'x' * 41}.toml: its name is too long: 40 characters before .toml are the most",
        ),
    ],
)
def test_a_file_that_stands_in_a_wrong_place_is_a_fault(name: str, says: str) -> None:
    assert faults_of({**SOUND, name: CANCEL}) == (says,)


def test_a_department_says_its_name_in_both_languages_and_its_addresses_are_some() -> None:
    found = faults_of({**SOUND, "departments/sales.toml": b'name = { fr = "Ventes" }\naddress = "sales@"\n'})
    assert found[0] == "rules/departments/sales.toml:1: name.en: this key is missing"
    assert found[1].startswith('rules/departments/sales.toml:2: address: "sales@" is not an address such as')


def test_there_are_limits_before_anything_is_read() -> None:
    assert faults(extra=b"#" * (policy.LARGEST + 1)) == ("rules/intents/extra.toml: is larger than 256 KiB",)
    many = {f"intents/{n}.toml": b"" for n in range(policy.MOST + 1)}
    assert faults_of(many) == ("rules: holds more than 1000 files",)


def test_deep_nesting_is_a_sentence() -> None:
    assert faults(extra=b"a = " + b"[" * 50_000) != ()


def test_a_key_of_later_versions_is_unknown_still() -> None:
    found = faults_of({**SOUND, "departments/technical.toml": TECHNICAL + b'calendar = "business"\n'})
    assert found == ("rules/departments/technical.toml:2: calendar: unknown key",)
