"""The default recognizer: two taggers trained by this project, as a spaCy pipeline."""
