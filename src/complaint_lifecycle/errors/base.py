"""The base of every error."""


class ComplaintError(Exception):
    """Base of every error that this library raises on purpose."""
