"""A journal in an SQL database."""

from complaint_lifecycle.sql.journal import SqlJournal
from complaint_lifecycle.sql.steps import Migration, migrations

__all__ = ["Migration", "SqlJournal", "migrations"]
