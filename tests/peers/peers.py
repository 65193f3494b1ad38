"""Run inside the peers' environment: one peer, texts in, what it says of each out.

Does:   reads one JSON string a line, answers one JSON object a line: ``identity``, ``health``, ``ms``.
        The first line answered is ``{}``: loaded, and warm.
Never:  imports Hygie; writes a text anywhere.
Source: facts on detection engines and on peers. Each peer is taken as its documentation says to begin.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator

Answer = tuple[bool, bool]
"""Identity, health."""
WARM = "Madame Jeanne Martin, née le 12/03/1956 à Lyon, est suivie pour un diabète. Tél. 01 99 00 12 34."


def presidio() -> Callable[[str], Answer]:
    """Presidio's default French engine: fr_core_news_md and the predefined recognizers.

    Identity: a person, a telephone number, an address or an IBAN, at its default threshold. No health.
    """
    from presidio_analyzer import AnalyzerEngine  # noqa: PLC0415 - whichever peer is asked for
    from presidio_analyzer.nlp_engine import NlpEngineProvider  # noqa: PLC0415 - the same

    configuration = {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": "fr", "model_name": "fr_core_news_md"}],
    }
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["fr"])
    identity = {"PERSON", "PHONE_NUMBER", "EMAIL_ADDRESS", "IBAN_CODE"}
    return lambda text: (any(r.entity_type in identity for r in analyzer.analyze(text, "fr")), False)


_NIR = re.compile(r"(?<!\d)[12]\d{12} ?\d{2}(?!\d)")
"""As Purview's page has it: 15 digits, or 13, a space and 2. No Corsican letter, no grouped layout."""
_KEYWORDS = re.compile(
    r"insee|s[ée]curit[ée] sociale|code s[ée]cu|num[ée]ro d.identit[ée]|n[o°] d.identit[ée]|\bssn\b|fssn",
    re.IGNORECASE,
)
_NEAR = 300


def purview() -> Callable[[str], Answer]:
    """A NIR pattern in the manner of Purview: 75 for a number with the right key, 85 with a keyword near.

    Identity: 75 or more. Its medical dictionaries are English: no health.
    """

    def confidence(text: str) -> int:
        best = 0
        for match in _NIR.finditer(text):
            number = match[0].replace(" ", "")
            if 97 - int(number[:13]) % 97 == int(number[13:]):
                near = text[max(0, match.start() - _NEAR) : match.end() + _NEAR]
                best = max(best, 85 if _KEYWORDS.search(near) else 75)
        return best

    return lambda text: (confidence(text) >= 75, False)


_DISORDERS = (
    "aids", "cerebrovascular_accident", "ckd", "congestive_heart_failure", "connective_tissue_disease",
    "copd", "dementia", "diabetes", "hemiplegia", "leukemia", "liver_disease", "lymphoma",
    "myocardial_infarction", "peptic_ulcer_disease", "peripheral_vascular_disease", "solid_tumor",
)  # fmt: skip


def edsnlp() -> Callable[[str], Answer]:
    """EDS-NLP alone: CIM-10, drugs and its disorders, negation read. No identity.

    Health: a diagnosis or drug that is not negated.
    """
    import edsnlp  # noqa: PLC0415 - whichever peer is asked for

    nlp = edsnlp.blank("eds")
    for pipe in ("sentences", "normalizer", "cim10", "drugs", *_DISORDERS, "negation"):
        nlp.add_pipe(f"eds.{pipe}")
    return lambda text: (False, any(not span._.negation for span in nlp(text).ents))


PEERS = {"presidio": presidio, "purview": purview, "edsnlp": edsnlp}


def answers(peer: Callable[[str], Answer], lines: Iterator[str]) -> Iterator[dict[str, object]]:
    """Yield what a peer says of each text."""
    peer(WARM)
    yield {}
    for line in lines:
        text = json.loads(line)
        begun = time.perf_counter()
        identity, health = peer(text)
        yield {"identity": identity, "health": health, "ms": 1000 * (time.perf_counter() - begun)}


def main() -> None:
    """Answer every line of standard input on standard output."""
    out = sys.stdout
    sys.stdout = sys.stderr  # a library's greeting is no answer
    for answer in answers(PEERS[sys.argv[1]](), sys.stdin):
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()
