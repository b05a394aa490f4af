"""Secrets Manager: it rotates by a function alone, and invokes only one that lets it."""

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.secretsmanager.models import SecretsManagerBackend

from local.aws import functions, rights
from local.place import Place


def install(_place: Place) -> None:
    rotate_secret = SecretsManagerBackend.rotate_secret

    # moto's SecretsManagerBackend.rotate_secret asks nobody (rotate-secrets_lambda-functions.html), and
    # without a function takes the secret's value away (API_RotateSecret.html: not configured for rotation).
    def rotate(self: Any, secret_id: str, *given: Any, **more: Any) -> Any:
        secret = self.secrets.get(secret_id)
        function = more.get("rotation_lambda_arn") or getattr(secret, "rotation_lambda_arn", None)
        if secret and not function:
            text = "No Lambda rotation function ARN is associated with this secret."
            raise JsonRESTError("InvalidRequestException", text)
        if secret and function:
            caller = rights.of_service("secretsmanager")
            if not rights.may(caller, functions.invocation(function), source_arn=secret.arn):
                text = "Secrets Manager cannot invoke the specified Lambda function."
                raise JsonRESTError("AccessDeniedException", text)
        return rotate_secret(self, secret_id, *given, **more)

    SecretsManagerBackend.rotate_secret = rotate
