"""All that moto is taught, in the order in which it can be."""

from local.aws import (
    alarms,
    athena,
    cloudformation,
    events,
    functions,
    glue,
    logs,
    machine,
    metrics,
    notifications,
    queues,
    quicksight,
    rights,
    secrets_manager,
    storage,
)
from local.place import Place


def install(place: Place) -> None:
    """Before the first request. The extensions speak to the server at `place.endpoint`."""
    for service in (
        rights,
        logs,
        functions,
        storage,
        glue,
        machine,
        events,
        notifications,
        queues,
        athena,
        quicksight,
        secrets_manager,
        metrics,
        alarms,
    ):
        service.install(place)
    cloudformation.install()
