"""The base beside the runs: `checking` how far a connection gets, `rotating` its reader's password."""
