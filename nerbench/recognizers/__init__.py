"""Recognizers: whatever turns captions into gene mentions."""
