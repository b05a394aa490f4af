"""What makes two keys writings of one, in plain Python."""

import re
from itertools import groupby


def are_numbers_alike(one: str, other: str) -> bool:
    """Either has the same numbers as the other, or they run together in it."""
    numbers = [[run.lstrip("0") for run in re.findall(r"\d+", key)] for key in (one, other)]
    fewer, more = sorted(numbers, key=len)
    joined = "[^0-9]?0*".join(more)
    return re.fullmatch(f"0*{joined}", " ".join(fewer)) is not None


def letters_and_digits(key: str) -> str:
    return "".join(character for character in key.casefold() if character.isalnum())


def without_zeros(key: str) -> str:
    """Each number without the zeros before it."""
    runs = ("".join(run) for _, run in groupby(key, str.isdigit))
    return letters_and_digits("".join(run.lstrip("0") if run.isdigit() else run for run in runs))
