"""Gene nomenclature: organisms, the folding of names, lexicons, and matching names to genes."""
