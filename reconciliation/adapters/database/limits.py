"""How long the base is waited for, whichever engine has it; a statement's own limit is the deployment's."""

CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_S = 30
