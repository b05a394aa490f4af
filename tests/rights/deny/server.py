"""The local stack's own server, whose guard writes each use of a right down: of one act after the other."""

from local import server
from local.aws import rights


class _Nothing(set[tuple[str, str, str]]):
    """What was used already: never anything."""

    def __contains__(self, _: object) -> bool:
        return False


if __name__ == "__main__":
    rights._used = _Nothing()
    server.main()
