"""A journal in an SQL database."""

from complaint_lifecycle.sql.journal import SqlJournal

__all__ = ["SqlJournal"]
