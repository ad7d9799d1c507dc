"""Write a full name with other words for the same thing: sodium channel, Na+ channel."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Each group is of equal words. A full name that has one of them is known with the others, too.
_EQUAL_WORDS = (
    # enzymes, by older and newer rules of the nomenclature
    ("aminotransferase", "transaminase"),
    ("synthase", "synthetase"),
    ("diphosphate", "pyrophosphate"),
    ("bisphosphate", "diphosphate"),
    ("bisphosphatase", "diphosphatase"),
    ("coenzyme A", "CoA"),
    ("protease", "proteinase"),
    ("guanylate cyclase", "guanylyl cyclase"),
    ("adenylate cyclase", "adenylyl cyclase", "adenyl cyclase"),
    ("2-oxoglutarate", "alpha-ketoglutarate"),
    ("metalloproteinase", "metalloprotease", "metallopeptidase"),
    ("keto acid", "ketoacid", "oxoacid"),
    ("transcarbamylase", "transcarbamoylase", "carbamoyltransferase"),
    ("glucuronosyltransferase", "glucuronyltransferase"),
    ("phosphatidylinositol", "phosphoinositide"),
    # ions, and what passes them
    ("calcium", "Ca2+"),
    ("sodium", "Na+"),
    ("potassium", "K+"),
    ("chloride", "Cl-"),
    ("bicarbonate", "HCO3-"),
    ("hydrogen", "proton", "H+"),
    ("zinc transporter", "Zn2+ transporter"),
    ("copper transporter", "Cu2+ transporter"),
    ("voltage-gated", "voltage-dependent", "voltage-sensitive"),
    ("cotransporter", "symporter"),
    ("exchanger", "antiporter"),
    # nucleotides, lipids and transmitters
    ("cyclic AMP", "cAMP", "cyclic adenosine monophosphate"),
    ("cyclic GMP", "cGMP", "cyclic guanosine monophosphate"),
    ("ATP", "adenosine triphosphate"),
    ("AMP", "adenosine monophosphate"),
    ("IMP", "inosine monophosphate"),
    ("double-stranded RNA", "dsRNA"),
    ("inositol 1,4,5-trisphosphate", "inositol trisphosphate", "inositol triphosphate", "IP3"),
    ("sphingosine-1-phosphate", "S1P"),
    ("lysophosphatidic acid", "LPA"),
    ("prostaglandin E2", "PGE2"),
    ("5-hydroxytryptamine", "serotonin", "5-HT"),
    ("adrenergic receptor", "adrenoceptor", "adrenoreceptor"),
    ("purinergic receptor P2X", "P2X purinoceptor"),
    ("purinergic receptor P2Y", "P2Y purinoceptor"),
    ("norepinephrine", "noradrenaline"),
    ("low density lipoprotein", "LDL"),
    ("high density lipoprotein", "HDL"),
    # proteins within longer names
    ("tumor necrosis factor", "TNF"),
    ("transforming growth factor", "TGF"),
    ("fibroblast growth factor", "FGF"),
    ("epidermal growth factor", "EGF"),
    ("vascular endothelial growth factor", "VEGF"),
    ("platelet derived growth factor", "PDGF"),
    ("insulin like growth factor", "IGF"),
    ("nerve growth factor", "NGF"),
    ("hepatocyte growth factor", "HGF"),
    ("bone morphogenetic protein", "BMP"),
    ("nuclear factor kappa B", "NF-kappa B"),
    ("mitogen-activated protein", "MAP"),
    ("mitogen-activated protein kinase", "MAPK"),
    ("cyclin dependent kinase", "CDK"),
    ("toll like receptor", "TLR"),
    ("TNF receptor", "TNFR"),
    ("LDL receptor", "LDLR"),
    ("interleukin 1 receptor", "IL-1R"),
    ("BCL2", "B-cell lymphoma 2"),
    ("B cell CLL/lymphoma", "B cell lymphoma"),
    ("immunoglobulin", "Ig"),
    ("C-X-C motif chemokine receptor", "C-X-C chemokine receptor type", "C-X-C chemokine receptor",
     "C-X-C motif receptor", "chemokine C-X-C motif receptor", "C-X-C receptor"),
    ("C-C motif chemokine receptor", "C-C chemokine receptor type", "C-C chemokine receptor",
     "C-C motif receptor", "chemokine C-C motif receptor", "C-C receptor"),
    ("C-X-C motif chemokine ligand", "C-X-C chemokine ligand", "C-X-C motif ligand",
     "chemokine C-X-C motif ligand", "C-X-C ligand"),
    ("C-C motif chemokine ligand", "C-C chemokine ligand", "C-C motif ligand",
     "chemokine C-C motif ligand", "C-C ligand"),
    ("C-X3-C motif chemokine", "C-X3-C chemokine", "CX3C chemokine"),
    ("Janus kinase", "Janus-activated kinase", "Janus-associated kinase", "Janus tyrosine kinase"),
    ("receptor subunit", "receptor chain"),
    ("ADAM metallopeptidase domain", "a disintegrin and metalloproteinase",
     "a disintegrin and metalloprotease",
     "disintegrin and metalloproteinase domain-containing protein"),
    ("transmembrane serine protease", "transmembrane protease serine"),
    ("voltage dependent anion channel", "voltage-dependent anion-selective channel protein"),
    ("T cell receptor", "TCR"),
    ("ATP binding cassette", "ABC"),
    ("endoplasmic reticulum", "ER"),
    # what a protein does or undergoes
    ("inducible", "induced"),
    ("signal regulated", "signal related", "signal regulating", "signal responsive"),
    ("mitogen activated", "mitogen activating", "mitogen activation"),
    ("hypoxia inducible", "hypoxia inducing"),
    ("proliferator activated", "proliferators activated", "proliferative activated"),
    ("responsive element", "response element", "regulatory element"),
    ("receptor interacting", "receptor interaction"),
    ("programmed cell death", "programmed death"),
    ("suppressor of cytokine", "suppressors of cytokine"),
    ("transducer and activator", "transducers and activators", "transducer and activators",
     "transducer and activation", "transduction and activator"),
    ("inhibitor of apoptosis", "inhibitors of apoptosis"),
    ("inhibitor of metalloproteinase", "inhibitors of metalloproteinase",
     "inhibitor of matrix metalloproteinase"),
    ("carnitine palmitoyltransferase", "carnitine palmitoyl transferase",
     "carnitine acyltransferase"),
    ("acyltransferase", "acyl transferase"),
    ("glutathione S-transferase", "glutathione transferase"),
    ("N-acetyltransferase", "N-acetyl transferase"),
    ("adhesion molecule", "cell adhesion molecule"),
    ("nuclear respiratory factor", "nuclear respiration factor"),
    ("activating transcription factor", "activation transcription factor"),
    ("regulatory factor", "regulator factor", "regulating factor"),
    ("stimulating factor", "stimulatory factor", "stimulation factor"),
    ("necrosis factor", "necrotic factor"),
    ("neurotrophic", "neurotropic"),
    ("morphogenetic", "morphogenic"),
    # spelling
    ("homolog", "homologue"),
    ("sulf", "sulph"),
    ("tumor", "tumour"),
    ("estrogen", "oestrogen"),
    ("heme", "haem"),
    ("hemo", "haemo"),
    ("leukemia", "leukaemia"),
    ("fetal", "foetal"),
    ("adaptor", "adapter"),
    ("signaling", "signalling"),
    ("N-terminal", "NH2-terminal", "amino-terminal"),
    ("chemotactic", "chemoattractant"),
)  # fmt: skip
# A word that is often left out or shortened; the longer name does not follow from the shorter one.
_SHORTER_WORDS = (
    ("receptor subunit", "receptor"),
    ("receptor type", "receptor"),
    ("motif chemokine ligand", "motif chemokine"),
    ("protein kinase", "kinase"),
    ("interleukin", "IL"),
    ("interferon", "IFN"),
    ("colony stimulating factor", "CSF"),
    ("heat shock protein", "HSP"),
    ("eukaryotic translation initiation factor", "eukaryotic initiation factor"),
    ("eukaryotic translation initiation factor", "initiation factor"),
    ("eukaryotic translation elongation factor", "eukaryotic elongation factor"),
)
_BEGINNINGS = frozenset(
    "sulf sulph estrogen oestrogen hemo haemo tumor tumour neurotrophic neurotropic".split()
)
_MIN_LENGTH, _MAX_LENGTH = 8, 60  # characters; shorter names are symbols, longer ones descriptions


def _pattern(word: str) -> str:
    """Return an expression of a word, whatever parts it; case counts in abbreviations."""
    parts = r"[\s-]?".join(map(re.escape, re.split(r"[\s-](?=.)", word)))
    expression = parts if re.search(r"[A-Z]{2}|[A-Z].?[+-]", word) else f"(?i:{parts})"
    begin = "" if word in ("sulf", "sulph") else r"(?<![^\W_])"
    end = r"(?![^\W_])" if word not in _BEGINNINGS and word[-1].isalnum() else ""
    return begin + expression + end


def _compile(
    groups: tuple[tuple[str, ...], ...],
) -> tuple[tuple[tuple[str, re.Pattern[str]], ...], ...]:
    return tuple(tuple((word, re.compile(_pattern(word))) for word in group) for group in groups)


_EQUAL, _SHORTER = _compile(_EQUAL_WORDS), _compile(_SHORTER_WORDS)
_ANY_WORD = re.compile(
    "|".join(_pattern(word) for group in (*_EQUAL_WORDS, *_SHORTER_WORDS) for word in group)
)


def respellings(name: str) -> Iterator[str]:
    """Yield a full name with equal words for one or two of its own.

    >>> list(respellings("alanine aminotransferase"))
    ['alanine transaminase']
    >>> "Na+/Ca2+ exchanger" in set(respellings("sodium/calcium exchanger"))
    True
    """
    seen = {name}
    for first in _replaced(name):
        if first not in seen:
            seen.add(first)
            yield first
            for second in _replaced(first):
                if second not in seen:
                    seen.add(second)
                    yield second


def _replaced(name: str) -> Iterator[str]:
    is_written = _MIN_LENGTH <= len(name) <= _MAX_LENGTH and not re.search(r"[,;(\[]", name)
    if not is_written or not _ANY_WORD.search(name):
        return
    for group in _EQUAL:
        for word, pattern in group:
            if pattern.search(name):
                for other, other_pattern in group:
                    if other != word and not other_pattern.search(name):
                        yield pattern.sub(other, name)
    for (_, pattern), (shorter, _) in _SHORTER:
        if pattern.search(name):
            yield pattern.sub(shorter, name)
