"""Readers of annotation formats: PubTator, BioC, brat, CoNLL, BioCreative II."""
