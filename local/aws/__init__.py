"""What moto is taught, one file per AWS service. Each extension goes when moto grows it."""
