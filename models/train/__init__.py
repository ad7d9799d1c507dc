"""Recipe of the default gene recognizer: from public corpora to a packaged spaCy pipeline."""
