"""Read annotated spans from any format, pair gold with predicted spans, and score the pairs."""
