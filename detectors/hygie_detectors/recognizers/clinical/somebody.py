"""Whether a sentence speaks of one person: the cue that makes an everyday word health data.

Does:   looks for a title with a name, a relation ("mon père", "cette patiente"), a pronoun or a given
        name in a sentence, and for what ties the term to a person ("a une", "souffre de").
Never:  takes the person a mail is written to ("Bonjour Madame Martin,") for the one it is about.
Fails:  never. Looks at the sentence it is given.
Source: our own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from hygie_detectors.text import NormalText

_TITLED: Final = re.compile(
    r"(?P<before>\b(?:Bonjour|Bonsoir|Ch[eè]re?|A l'attention de|De la part de)[ ,]{1,2})?"
    r"\b(?:(?:M\.|Mr\.?|Mrs?|Mme\.?|Me?lle\.?|Monsieur|Madame|Mademoiselle|M)[ ]{1,2}(?=[A-ZÀ-Ý])"
    r"|(?:mme|me?lle|mr)[ ](?!(?:la|le|les|l|et|qui|de|du|est|a)\b))"
    r"(?:\w[\w'-]*\.?)(?P<address>(?: [A-ZÀ-Ý][\w'-]*){0,3}[ ]?[,!]?[ ]*(?:\n|$))?"
)
_RELATED: Final = re.compile(
    r"\b(?:ce|cet|cette|notre|votre|mon|ma|son|sa|le jeune|la jeune|la petite|le petit) (?:jeune )?"
    r"(?:patiente?|residente?|usager|usagere|salariee?|agente?|eleve|collegue|assuree?|mari|femme|fils|"
    r"fille|mere|pere|soe?ur|frere|enfant|compagnon|compagne|conjointe?|bebe|tante|oncle|"
    r"belle-mere|beau-pere|grand-mere|grand-pere|ami|amie|voisine?|epouse|epoux|neveu|niece|cousine?|"
    r"homme|dame|garcon|fillette|nourrisson|belle-fille|gendre|petit-fils|petite-fille|papa|maman)\b"
    r"|\b(?:la patiente|le patient|papa|maman|mamie|la dame|le monsieur|le nourrisson|chez une? (?:patiente?|"
    r"homme|femme|enfant|garcon|fille))\b"
)
_PRONOUN: Final = re.compile(
    r"\b(?:j'ai|je (?:suis|souffre|prends?|fais)|j'avais|on m'a)\b"
    r"|\b(?:il|elle) (?:a|est|fait|refait|avait|souffre|prend|boit|fume|s'est|devient|porte)\b"
    r"(?=[^.;!?\n]{0,25}$)"
)
"""Who a term is said of, without a name. What "il" and "elle" say must end right before the term."""
_TIES: Final = re.compile(
    r"\b(?:a|ont|avait|ai|fait|refait|souffr\w+|atteinte?|est|suis|etait|reste|son|sa|ses|mon|ma|mes|"
    r"cause|raison|suite|pour|apres|depuis|confirmee?|presente|rapporte|decrit|vers|chez|sous|prends?|"
    r"subi|signale|refuse|attend|demande|souhaite|sort|besoin|prevue?|beneficie|porte|porteu[rs]e?)"
    r"\b[^.;!?\n]{0,30}$|[:,(] ?(?:\d{1,2} )?$"
)
_TIED_AFTER: Final = re.compile(
    r"(?:[^.;!?\n]{0,40}\b(?:de|pour|chez|a|voir)(?= )|(?= (?:m\.|mr|mme|mlle))) "
    r"(?:m\.|mr|mme|mlle|monsieur|madame|mon|ma|notre|ce|cette|cet) ?\w"
)
_TIE_REACH: Final = 45


def names_somebody(text: NormalText, first: int, last: int, given_names: Sequence[int]) -> bool:
    """Tell whether the sentence ``first:last`` names a person, or says whose relation one is.

    ``given_names`` are where given names begin in the text, in order.
    """
    if any(not (t["before"] or _is_addressed(text, t)) for t in _TITLED.finditer(text.text, first, last)):
        return True
    if _RELATED.search(text.folded, first, last):
        return True
    at = bisect_left(given_names, first)
    return at < len(given_names) and given_names[at] < last and text.text[given_names[at]].isupper()


def _is_addressed(text: NormalText, titled: re.Match[str]) -> bool:
    """Tell whether a name that ends its line begins it too: only such a line speaks to somebody."""
    line = text.text.rfind("\n", max(0, titled.start() - _TIE_REACH), titled.start()) + 1
    return titled["address"] is not None and not text.text[line : titled.start()].strip(" >*\t")


def is_said_of_a_pronoun(text: NormalText, first: int, start: int) -> bool:
    """Tell whether the words before ``start`` say it of the writer himself, of him or of her."""
    return bool(_PRONOUN.search(text.folded, max(first, start - _TIE_REACH), start))


def is_said_of(text: NormalText, first: int, start: int, end: int) -> bool:
    """Tell whether the words around ``start:end`` tie it to a person: "a une …", "… de Mme"."""
    before = text.folded[max(first, start - _TIE_REACH) : start]
    return bool(_TIES.search(before) or _TIED_AFTER.match(text.folded, end, end + _TIE_REACH))
