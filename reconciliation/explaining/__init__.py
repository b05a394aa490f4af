"""What happened to one order: found in what runs committed, and told to who may read the results.

`request` is what is asked, `looking` finds the evidence on S3 (`parquet` and `footer` read no more than can
hold the key), `story` decides what it says (an `explanation`), `prose` says it in Portuguese.
"""
