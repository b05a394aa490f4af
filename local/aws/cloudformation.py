"""CloudFormation: the types of resources that moto skips."""


def install() -> None: ...
