"""Phrases that admins write, and the tree in which all of them are looked for at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from mailbot.model import Branch, Phrase, RequestClass
from mailbot.parsers.words import STOP, words

LONGEST = 12
GAPS = 2
# A lone * stands for so many words at most.
GAP = 3
# Letters before a *: fewer would begin half the dictionary.
BEGINNING = 3


def phrase(written: str) -> str:
    """As it was written. Raises ValueError where it cannot be looked for."""
    steps = _steps(written)
    if not steps:
        raise ValueError("is empty: write a word or several")
    if len(steps) > LONGEST:
        raise ValueError(f'"{written}" has {len(steps)} words; {LONGEST} are the most')
    if "*" in (steps[0], steps[-1]) or any(pair == ("*", "*") for pair in pairwise(steps)):
        raise ValueError(f'"{written}": a * alone stands for words between two others')
    if steps.count("*") > GAPS:
        raise ValueError(f'"{written}" has more than {GAPS} gaps')
    return written


@lru_cache(maxsize=8192)
def _steps(written: str) -> tuple[str, ...]:
    """Words, beginnings of words with their *, and * alone. Raises ValueError for a * elsewhere in a word."""
    if "*" not in written:
        return tuple(word for word in words(written) if word != STOP)
    return tuple(step for chunk in written.split() for step in _starred(chunk, written))


def _starred(chunk: str, written: str) -> list[str]:
    if chunk == "*":
        return [chunk]
    plain = [word for word in words(chunk.removesuffix("*")) if word != STOP]
    if "*" in chunk[:-1] or not plain:
        raise ValueError(f'"{written}": a * stands at the end of a word, or alone between two')
    if chunk.endswith("*"):
        if len(plain[-1]) < BEGINNING:
            raise ValueError(f'"{written}": at least {BEGINNING} letters stand before a *')
        plain[-1] += "*"
    return plain


def classed(intent: str, klass: RequestClass, written: Iterable[str]) -> Iterator[Phrase]:
    return (Phrase(intent, one, klass) for one in written)


@dataclass(slots=True)
class _Growing:
    """A branch before it is finished."""

    words: dict[str, "_Growing"] = field(default_factory=dict)
    phrases: list[Phrase] = field(default_factory=list)

    def grown(self) -> Branch:
        """No deeper than a phrase is long."""
        beginnings: dict[str, tuple[tuple[str, Branch], ...]] = {}
        plain: dict[str, Branch] = {}
        gap = None
        for step, branch in self.words.items():
            if step == "*":
                gap = branch.grown()
            elif step.endswith("*"):
                first = step[:BEGINNING]
                beginnings[first] = (*beginnings.get(first, ()), (step[:-1], branch.grown()))
            else:
                plain[step] = branch.grown()
        return Branch(plain, beginnings, gap, tuple(self.phrases))


def tree(phrases: Iterable[Phrase]) -> Branch:
    root = _Growing()
    for one in phrases:
        branch = root
        for step in _steps(one.written):
            branch = branch.words.setdefault(step, _Growing())
        branch.phrases.append(one)
    return root.grown()


def found(tree: Branch, text: str) -> tuple[Phrase, ...]:
    """Each phrase that stands there, once, in the order of the text. A longer one without gap hides those within it.

    So "changement d'adresse IP" can mean something else than "changement d'adresse". Time is linear in the text: what
    is looked at from one word on depends on the phrases alone.
    """
    said = [*words(text), STOP]
    standing: dict[Phrase, None] = {}
    hidden = 0
    for at, word in enumerate(said):
        if word not in tree.words and word[:BEGINNING] not in tree.beginnings:
            continue
        here = tuple(_from(tree, said, at))
        whole = max((match.end for match in here if not match.gapped), default=0)
        for match in here:
            if match.end > hidden and (match.end >= whole or match.gapped):
                standing[match.phrase] = None
        hidden = max(hidden, whole)
    return tuple(standing)


@dataclass(frozen=True, slots=True)
class _Match:
    phrase: Phrase
    end: int
    gapped: bool


def _from(tree: Branch, said: Sequence[str], start: int) -> Iterator[_Match]:
    """All that begin at that word; `said` ends in STOP."""
    waiting = [(tree, start, False)]
    while waiting:
        branch, at, gapped = waiting.pop()
        for phrase in branch.phrases:
            yield _Match(phrase, at, gapped)
        waiting += ((next_, at + 1, gapped) for next_ in _next(branch, said[at]))
        if branch.gap:
            waiting += ((branch.gap, after, True) for after in _after_gap(said, at))


def _next(branch: Branch, word: str) -> Iterator[Branch]:
    if word in branch.words:
        yield branch.words[word]
    for beginning, next_ in branch.beginnings.get(word[:BEGINNING], ()):
        if word.startswith(beginning):
            yield next_


def _after_gap(said: Sequence[str], at: int) -> Iterator[int]:
    for after in range(at, at + GAP + 1):
        yield after
        if said[after] == STOP:
            return
