"""How much room words take, which no font is asked about."""

from collections.abc import Iterable

from complaint_lifecycle.lifecycle.drawing.plan import Bundle

STATE_SIZE = 13.0
TRIGGER_SIZE = 12.0
CONDITION_SIZE = 10.5
TRIGGER_LINE = 14.0
CONDITION_LINE = 12.0

_NARROW = frozenset("fijlrtI|.,:;'!()[]/ ")
_WIDE = frozenset("mwMW@%&")
_FIRST_IDEOGRAPHIC = "\u1100"


def width_of(text: str, size: float) -> float:
    """Estimate the width of a text, rather too wide than too narrow.

    Args:
        text: One line.

        size: Size of the font.
    """
    return size * sum(map(_share, text))


def lines_of(bundle: Bundle) -> tuple[str, ...]:
    """Write what stands at a line: the trigger, then a line for each condition."""
    return (bundle.trigger, *(c.replace("_", " ") for c in bundle.conditions))


def label_width(bundles: Iterable[Bundle]) -> float:
    """Estimate the width of labels that stand above each other."""
    return max(
        width_of(line, TRIGGER_SIZE if place == 0 else CONDITION_SIZE)
        for bundle in bundles
        for place, line in enumerate(lines_of(bundle))
    )


def label_height(bundles: Iterable[Bundle]) -> float:
    """Return the height of labels that stand above each other."""
    return sum(TRIGGER_LINE + CONDITION_LINE * len(b.conditions) for b in bundles)


def _share(character: str) -> float:
    """Estimate the width of a character, as a share of the size of the font."""
    if character >= _FIRST_IDEOGRAPHIC:
        return 1.05
    if character in _NARROW:
        return 0.38
    if character in _WIDE:
        return 0.95
    return 0.72 if character.isupper() else 0.61
