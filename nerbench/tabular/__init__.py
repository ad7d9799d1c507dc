"""Tables as people have them: CSV, TSV, spreadsheets, Parquet, JSON lines, RDS, GMT, as rows."""
