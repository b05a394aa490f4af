"""The base from its daily export to S3: `objects` says which, `taken` of when, `columns` of what types."""
