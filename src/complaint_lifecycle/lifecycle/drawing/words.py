"""How much room words take, which no font is asked about."""

from collections.abc import Sequence

from complaint_lifecycle.lifecycle.drawing.plan import Bundle

STATE_SIZE = 13.0
TRIGGER_SIZE = 12.0
CONDITION_SIZE = 10.5
TRIGGER_LINE = 14.0
CONDITION_LINE = 12.0

_NARROW = frozenset("fijlrtI|.,:;'!()[]/ ")
_WIDE = frozenset("mwMW@%&")
_BOLD = 1.12
_FIRST_SQUARE = "\u1100"


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Estimate the width of a text, rather too wide than too narrow.

    Args:
        text: One line.

        size: Size of the font.

        bold: Whether it is printed bold.
    """
    return size * sum(map(_share, text)) * (_BOLD if bold else 1)


def conditions_of(bundle: Bundle) -> tuple[str, ...]:
    """Write the conditions of a bundle as words."""
    return tuple(condition.replace("_", " ") for condition in bundle.conditions)


def label_width(bundles: Sequence[Bundle]) -> float:
    """Estimate the width of labels that stand below each other."""
    widths = [width_of(b.trigger, TRIGGER_SIZE, bold=True) for b in bundles]
    lines = [line for bundle in bundles for line in conditions_of(bundle)]
    return max([*widths, *(width_of(line, CONDITION_SIZE) for line in lines)])


def label_height(bundles: Sequence[Bundle]) -> float:
    """Return the height of labels that stand below each other."""
    return sum(TRIGGER_LINE + CONDITION_LINE * len(b.conditions) for b in bundles)


def _share(character: str) -> float:
    """Estimate the width of a character, as a share of the size of the font."""
    if character >= _FIRST_SQUARE:
        return 1.05
    if character in _NARROW:
        return 0.38
    if character in _WIDE:
        return 0.95
    return 0.72 if character.isupper() else 0.61
