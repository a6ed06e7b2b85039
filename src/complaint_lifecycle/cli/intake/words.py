"""Words for the terminal: what a file says is never printed as it is."""

from collections.abc import Iterable

from complaint_lifecycle.cli.words import visible

_SHOWN = 60
_NAMED = 40


def shown(text: str) -> str:
    r"""Shorten text from outside to one line, and escape what could steer a terminal.

    >>> print(shown("\x1b[31mred"))
    \x1b[31mred
    """
    short = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return visible(short).replace("\n", "\\n")


def names_shown(names: Iterable[str]) -> str:
    """Write names from outside one after the other, as far as they can be read."""
    known = [shown(name) for name in names if name]
    rest = f" and {len(known) - _NAMED:,} more" if len(known) > _NAMED else ""
    return f"{', '.join(known[:_NAMED])}{rest}" if known else "none"
