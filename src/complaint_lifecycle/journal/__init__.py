"""Where entries live: the protocol of a journal, and one in memory."""

from complaint_lifecycle.journal.memory import MemoryJournal
from complaint_lifecycle.journal.protocol import Journal
from complaint_lifecycle.journal.values import (
    Aside,
    Batch,
    BudgetChange,
    BudgetRow,
    DueRows,
    Positioned,
    Receipt,
    customer_of,
)

__all__ = [
    "Aside",
    "Batch",
    "BudgetChange",
    "BudgetRow",
    "DueRows",
    "Journal",
    "MemoryJournal",
    "Positioned",
    "Receipt",
    "customer_of",
]
