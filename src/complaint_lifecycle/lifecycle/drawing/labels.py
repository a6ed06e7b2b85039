"""What the pictures say on their lines."""

from complaint_lifecycle.lifecycle.rows import Row


def guards(row: Row) -> tuple[str, ...]:
    """Name the conditions of a transition, with *unless* before a negated one."""
    return tuple(c.name if c.expected else f"unless {c.name}" for c in row.conditions)


def label(row: Row) -> str:
    """Write a transition as ``trigger [condition, condition]``."""
    found = ", ".join(guards(row))
    return f"{row.trigger} [{found}]" if found else row.trigger
