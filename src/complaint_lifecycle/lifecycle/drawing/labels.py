"""What the pictures say on their lines."""

from collections.abc import Iterable

from complaint_lifecycle.lifecycle.rows import Row


def guards(row: Row) -> tuple[str, ...]:
    """Name the conditions of a transition, with *unless* before a negated one."""
    return tuple(c.name if c.expected else f"unless {c.name}" for c in row.conditions)


def label(trigger: str, conditions: Iterable[str]) -> str:
    """Write a transition as ``trigger [condition, condition]``."""
    found = ", ".join(conditions)
    return f"{trigger} [{found}]" if found else trigger
