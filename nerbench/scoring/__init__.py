"""Scores: counts per figure, their averages, and the reason of every miss."""
