"""The others: each a script that reads one file and one base, and writes one Parquet. No line is checked."""
