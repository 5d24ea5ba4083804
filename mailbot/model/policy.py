"""What rules/ says: departments, and what a customer may want. Written by admins, checked, and never by mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailbot.model.desk import Language, RequestClass


@dataclass(frozen=True, slots=True)
class Words:
    """The same in both languages; "" where there is nothing to say."""

    fr: str = ""
    en: str = ""

    def of(self, language: Language) -> str:
        return self.fr if language is Language.FR else self.en


@dataclass(frozen=True, slots=True)
class Department:
    """`key` is its file's name. `address` gets notices where no agent does, else "", and `manager` likewise.

    `note` stands in the acknowledgements of its tickets.
    """

    key: str
    name: Words
    address: str = ""
    manager: str = ""
    note: Words = Words()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that show an intent, as they were `written` in its file, and the class of a request that says them."""

    intent: str
    written: str
    klass: RequestClass


@dataclass(frozen=True, slots=True)
class Branch:
    """Phrases word by word, as parsers.words reads them: what may follow here, and what ends here.

    `words` are whole words; `beginnings` those written `word*`, each under its first three letters; `gap` is what
    stands behind a `*` alone. `is_narrow` where nothing but `words` leads on.
    """

    words: Mapping[str, "Branch"] = field(default_factory=dict)
    beginnings: Mapping[str, tuple[tuple[str, "Branch"], ...]] = field(default_factory=dict)
    gap: "Branch | None" = None
    phrases: tuple[Phrase, ...] = ()
    is_narrow: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """`key` is its file's name. `klass` is that of its plain words; some of its phrases may be of a stricter one.

    `name` stands in the mail that asks a customer to confirm it.
    """

    key: str
    klass: RequestClass
    phrases: tuple[Phrase, ...] = ()
    name: Words = Words()


@dataclass(frozen=True, slots=True)
class Policy:
    """`tree` holds the phrases of all intents, made once."""

    departments: tuple[Department, ...] = ()
    intents: tuple[Intent, ...] = ()
    tree: Branch = field(default_factory=Branch, repr=False, compare=False)

    def department(self, key: str) -> Department | None:
        return next((department for department in self.departments if department.key == key), None)

    def department_name(self, key: str, language: Language) -> str:
        """As its readers call it; the key itself for one that is no longer there."""
        department = self.department(key)
        return department.name.of(language) if department else key

    def intent_name(self, key: str | None, language: Language) -> str:
        """What the customer wants, as a mail to him may say it; "" where nobody knows."""
        intent = self.intent(key) if key else None
        return intent.name.of(language) if intent else ""

    def intent(self, key: str) -> Intent | None:
        return next((intent for intent in self.intents if intent.key == key), None)


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase found in a letter; `source` is subject or text."""

    phrase: Phrase
    source: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a letter asks for: its main intent, None where no phrase shows one, and the strictest class of all."""

    intent: str | None = None
    klass: RequestClass = RequestClass.ACCOUNT
    mentions: tuple[Mention, ...] = ()
