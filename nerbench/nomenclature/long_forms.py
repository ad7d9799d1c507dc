"""Judge whether a long form that no table knows spells a name of a gene: a caption defines
``extracellular signal-relate kinase (ERK)``.
"""

from __future__ import annotations

import re
from itertools import islice

from nerbench.folding import fold
from nerbench.nomenclature.lexicon import Lexicon

_MIN_BEGINNING = 8  # letters of the folded form
_MAX_NAMES = 1_000  # that begin alike
_MIN_WORDS = 2  # that a long form and the full name of a gene share
_WORD = re.compile(r"[^\W_]{3,}")
_STEM = 6  # letters by which a word is told: apoptosis, apoptotic
# Words of many names, by which a gene cannot be told
_COMMON = frozenset(
    "acetyltransferase acid activated activating alpha and beta binding chain class coa "
    "complex containing dehydrogenase domain enzyme factor family for gamma gene group "
    "homolog human hydroxylase inhibitor kinase ligand like member oxidase phosphatase "
    "phosphate polypeptide protein receptor reductase regulator related subunit synthase "
    "synthetase the transferase transporter type udp with".split()
)


def genes_spelled(long: str, rows: frozenset[int], lexicon: Lexicon) -> frozenset[int]:
    """Return those of the genes that have a name which begins like a long form, or a full name with
    most of its words.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> human = load_nomenclature()[9606]
    >>> erk = frozenset(human.exact[symbol] for symbol in ("EPHB2", "MAPK1", "MAPK3"))
    >>> spelled = genes_spelled("extracellular signal-relate kinase", erk, human)
    >>> sorted(human.symbols[row] for row in spelled)
    ['MAPK1', 'MAPK3']
    >>> genes_spelled("chalcone synthase", erk, human)
    frozenset()
    """
    key = fold(long)
    spelled: set[int] = set()
    if len(key) > _MIN_BEGINNING:
        beginning = key[: max(_MIN_BEGINNING, len(key) // 2)]
        for name in islice(lexicon.index.names(beginning), _MAX_NAMES):
            genes = lexicon.rows(name)
            spelled.update(rows.intersection(genes.own), rows.intersection(genes.family))
    words = _stems(long)
    if len(words) >= _MIN_WORDS:
        for row in rows:
            shared = len(words & _stems(lexicon.full_names[row]))
            if shared >= _MIN_WORDS and 2 * shared >= len(words):
                spelled.add(row)
    return frozenset(spelled)


def _stems(name: str) -> set[str]:
    """Return the beginnings of the words by which a name can be told.

    >>> sorted(_stems("apoptotic signaling kinase 1"))
    ['apopto', 'signal']
    """
    words = (word.lower() for word in _WORD.findall(name))
    return {word[:_STEM] for word in words if word not in _COMMON}
