"""Each right that is needed is denied by itself while what needs it runs: `python -m tests.rights.deny`."""
