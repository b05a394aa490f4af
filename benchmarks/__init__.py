"""How fast, at what cost: our day beside the plainest scripts that could answer the same question."""
