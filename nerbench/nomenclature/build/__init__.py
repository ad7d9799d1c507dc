"""Build lexicons from published tables; only the command line imports this package."""
