"""Spans of annotated documents: read from any format, paired, and scored by any scheme."""
