"""The base beside the runs: `preparing` it, `checking` how far a connection gets, `rotating` its password."""
