"""Secrets Manager with one text in it, and the password that must be told nowhere."""

from typing import Final

PASSWORD: Final = "c4n4ry-p4ss"
MEMBERS: Final = ("engine", "host", "port", "dbname", "username", "password")


class Secrets:
    """Answers as boto3's client does, whatever secret is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_secret_value(self, **_: str) -> dict[str, str]:
        return {"SecretString": self._text}
