"""Gene nomenclature: organisms, how names are folded, and the lexicons."""
