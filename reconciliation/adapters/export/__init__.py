"""The base from its daily export to S3: `objects` says which objects it is, `columns` of what types."""
