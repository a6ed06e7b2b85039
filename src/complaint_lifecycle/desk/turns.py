"""Ticking for many tenants, each in its turn."""

from collections.abc import Iterable

from complaint_lifecycle.desk.service import Desk


def tick_in_turn(desks: Iterable[Desk], *, limit: int = 1000, share: int = 100) -> int:
    """Tick several desks, so that one with much to do keeps no other waiting.

    Each has its turn with a share of the limit, and those that found something have
    another one after that.

    Args:
        desks: One for each tenant.

        limit: How many thresholds to look at, over all.

        share: How many of them one desk looks at in a turn.

    Returns:
        How many facts were recorded.

    >>> from complaint_lifecycle import Desk
    >>> tick_in_turn([Desk(), Desk()])
    0
    """
    count, waiting = 0, list(desks)
    while waiting and limit > 0:
        busy = []
        for desk in waiting:
            part = min(share, limit)
            if part <= 0:
                break
            recorded = desk.tick(limit=part)
            count += recorded
            if recorded:
                limit -= part
                busy.append(desk)
        waiting = busy
    return count
