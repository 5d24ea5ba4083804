"""Phrases that admins write, and the tree in which all of them are looked for at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, takewhile

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
        return Branch(plain, beginnings, gap, tuple(self.phrases), not (beginnings or gap or self.phrases))


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
    exact, beginnings = tree.words, tree.beginnings
    standing: dict[Phrase, None] = {}
    hidden = 0
    for at, word in enumerate(said):
        first = exact.get(word)
        if first and first.is_narrow and said[at + 1] not in first.words:
            first = None
        begun = beginnings.get(word[:BEGINNING])
        if first is None and begun is None:
            continue
        waiting = [(branch, at + 1, False) for start, branch in begun or () if word.startswith(start)]
        if first:
            waiting.append((first, at + 1, False))
        if matches := _from(waiting, said):
            whole = max([end for _, end, gapped in matches if not gapped], default=0)
            for phrase, end, gapped in matches:
                if end > hidden and (gapped or end >= whole):
                    standing[phrase] = None
            hidden = max(hidden, whole)
    return tuple(standing)


def _from(waiting: list[tuple[Branch, int, bool]], said: Sequence[str]) -> list[tuple[Phrase, int, bool]]:
    """All that end on these branches, with where they do and whether they have a gap; `said` ends in STOP."""
    matches: list[tuple[Phrase, int, bool]] = []
    while waiting:
        branch, at, gapped = waiting.pop()
        for phrase in branch.phrases:
            matches.append((phrase, at, gapped))
        word = said[at]
        if word in branch.words:
            waiting.append((branch.words[word], at + 1, gapped))
        if branch.beginnings:
            for start, next_ in branch.beginnings.get(word[:BEGINNING], ()):
                if word.startswith(start):
                    waiting.append((next_, at + 1, gapped))
        if branch.gap:
            waiting += [(branch.gap, after, True) for after in _after_gap(said, at)]
    return matches


def _after_gap(said: Sequence[str], at: int) -> list[int]:
    """Where what follows a gap may stand: within the sentence."""
    places = range(at, at + GAP + 1)
    return list(takewhile(lambda after: said[after] != STOP, places))
