"""What a webhook's address is: whoever has it may write to the channel, so no message shows it."""

import re

_ADDRESS = re.compile(
    r"(https://[\w-]+(\.[\w-]+)+|http://127\.0\.0\.1)(:[0-9]{1,5})?/[!-~]*",  # https, or it leaves no machine
    re.ASCII,
)


def is_address(text: str) -> bool:
    """What urllib would refuse, it refuses with the text in its error."""
    return _ADDRESS.fullmatch(text) is not None
