"""Where entries live: the protocol of a journal, and one in memory."""

from complaint_lifecycle.journal.memory import MemoryJournal
from complaint_lifecycle.journal.protocol import Journal
from complaint_lifecycle.journal.readers import Parked, Readers, Start
from complaint_lifecycle.journal.values import (
    FORGOTTEN_DIGEST,
    SHA256_DIGITS,
    Aside,
    Batch,
    BudgetChange,
    BudgetRow,
    DueRows,
    Forgetting,
    Positioned,
    Receipt,
    Snapshot,
    customer_of,
)

__all__ = [
    "FORGOTTEN_DIGEST",
    "SHA256_DIGITS",
    "Aside",
    "Batch",
    "BudgetChange",
    "BudgetRow",
    "DueRows",
    "Forgetting",
    "Journal",
    "MemoryJournal",
    "Parked",
    "Positioned",
    "Readers",
    "Receipt",
    "Snapshot",
    "Start",
    "customer_of",
]
