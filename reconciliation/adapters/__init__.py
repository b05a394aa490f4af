"""The outside world: S3, the database, metrics, alerts. Deciding happens elsewhere."""
