"""The default recognizer: features, taggers, a second look, and the spaCy component."""
