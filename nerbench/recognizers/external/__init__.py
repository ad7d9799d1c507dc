"""Mentions made elsewhere: programs, HTTP services, language models, files of predictions."""
