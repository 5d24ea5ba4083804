"""What may stand in the files of rules/, kind by kind; an attribute is a key, its default the key's.

What each means to an admin is said once, in the shipped files.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from mailbot.model import RequestClass, Words
from mailbot.policy.phrases import phrase
from mailbot.written.values import Email, FilledLine, Line, one_of

Class = Annotated[RequestClass, BeforeValidator(one_of(RequestClass))]
PhraseText = Annotated[Line, AfterValidator(phrase)]


class Name(BaseModel, extra="forbid", strict=True, frozen=True):
    fr: FilledLine
    en: FilledLine

    @property
    def words(self) -> Words:
        return Words(self.fr, self.en)


class Note(BaseModel, extra="forbid", strict=True, frozen=True):
    fr: Line = ""
    en: Line = ""

    @property
    def words(self) -> Words:
        return Words(self.fr, self.en)


class Department(BaseModel, extra="forbid", strict=True, frozen=True):
    name: Name
    address: Email = ""
    manager: Email = ""
    note: Note = Note()


class Phrases(BaseModel, extra="forbid", strict=True, frozen=True):
    """A customer may write either language, so a kind of request that knows one only would miss the other's."""

    fr: Annotated[list[PhraseText], Field(min_length=1, max_length=500)]
    en: Annotated[list[PhraseText], Field(min_length=1, max_length=500)]

    @property
    def both(self) -> tuple[str, ...]:
        return (*self.fr, *self.en)


class Stricter(BaseModel, extra="forbid", strict=True, frozen=True):
    fr: Annotated[list[PhraseText], Field(max_length=500)] = []
    en: Annotated[list[PhraseText], Field(max_length=500)] = []

    @property
    def both(self) -> tuple[str, ...]:
        return (*self.fr, *self.en)


class Intent(BaseModel, extra="forbid", strict=True, frozen=True):
    class_: Annotated[Class, Field(alias="class")]
    name: Name | None = None
    words: Phrases
    account: Stricter = Stricter()
    sensitive: Stricter = Stricter()
