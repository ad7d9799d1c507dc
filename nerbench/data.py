"""The data that nerbench ships, as paths, for examples and tests that run anywhere.

>>> import nerbench
>>> [figure.figid for figure in nerbench.open_corpus(nerbench.data.seed)]
['PMC8714735__fonc-11-760971-g003']
"""

from __future__ import annotations

from pathlib import Path

from nerbench.resources import shipped

seed: Path = shipped("seeds") / "PMC8714735__fonc-11-760971-g003.md"
"""The PFOCR record of one figure: what `open_corpus` and `nerbench run` read by default."""

gold: Path = shipped("gold")
"""The folder of the captions of PFOCR figures in which nerbench's annotators marked every gene.

`evaluate` takes it as ``gold``. The seed is among the figures; the records of the others are not
shipped (`nerbench corpus download pfocr`).
"""
