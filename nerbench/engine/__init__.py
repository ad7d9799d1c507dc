"""Predict once, score many: from figures and recognizers to an evaluation."""
