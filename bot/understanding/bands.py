"""Bands: what is done with a wish, by how sure its understanding is.

From ACT on it is done; from ASK on the caller is asked which of two was meant, where two
come near; below that it is not understood. Set by what `bench/bands.py` measures;
docs/understanding.md has the figures.
"""

ASK = 0.3
"""Below it strangers are more frequent than wishes are right."""
ACT = 0.7
"""From here on three wishes in four or more are right."""
MIDST = 0.5
"""From which a wish is followed in the midst of another, where nobody is asked which."""
CLAUSE = 0.8
"""From which a clause is a wish beside another: half sentences mislead."""
