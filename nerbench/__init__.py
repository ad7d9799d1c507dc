"""nerbench: which gene recognizer to trust on pathway figure captions, and by how much.

>>> import nerbench
>>> evaluation = nerbench.evaluate(nerbench.data.seed, "lexicon")
>>> evaluation.corpus.figures
1
"""

import lazy_loader

# The names stand in __init__.pyi. A module is imported when one of its names is first used, so
# that the command line starts at once.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
