"""Every error of the library: one base, and each child carries its data.

::

    ComplaintError
    ├── RefusedError            the chart says that this may not follow
    ├── InvalidEventError       a value breaks the rule of its field
    │   ├── CurrencyError       an unknown currency, or two mixed
    │   └── MissingFactError    a scheme needs a fact that was not given
    ├── ChartError              a chart that cannot work
    ├── AccessDeniedError       somebody may not see or record this
    ├── UnknownComplaintError   no such complaint in this journal
    ├── ConflictError           somebody else appended first
    │   ├── BudgetConflictError     somebody else drew on the budget first
    │   ├── ContentionError         the database broke a transaction off for another
    │   └── CursorConflictError     somebody else reads on under the same name
    ├── KeyReusedError          the same idempotency key with another body
    ├── UnreadableError         stored text that this version cannot read
    ├── JournalError            the store failed: disk, lock, schema
    │   └── OutcomeUnknownError     the connection broke during the commit
    ├── TamperedError           a journal does not hold any more what was written
    ├── ListenerError           recorded, but a listener failed afterwards
    ├── NoOpenTimeError         a calendar that does not open again
    ├── NotVectorisableError    a policy that has no answer over columns
    └── MissingExtraError       an optional dependency is not installed
"""

from complaint_lifecycle.errors.base import (
    ComplaintError,
)
from complaint_lifecycle.errors.judging import (
    AccessDeniedError,
    ChartError,
    CurrencyError,
    InvalidEventError,
    MissingFactError,
    Refusal,
    RefusedError,
)
from complaint_lifecycle.errors.limiting import (
    MissingExtraError,
    NoOpenTimeError,
    NotVectorisableError,
)
from complaint_lifecycle.errors.storing import (
    BudgetConflictError,
    ConflictError,
    ContentionError,
    CursorConflictError,
    JournalError,
    KeyReusedError,
    ListenerError,
    OutcomeUnknownError,
    TamperedError,
    UnknownComplaintError,
    UnreadableError,
)

__all__ = [
    "AccessDeniedError",
    "BudgetConflictError",
    "ChartError",
    "ComplaintError",
    "ConflictError",
    "ContentionError",
    "CurrencyError",
    "CursorConflictError",
    "InvalidEventError",
    "JournalError",
    "KeyReusedError",
    "ListenerError",
    "MissingExtraError",
    "MissingFactError",
    "NoOpenTimeError",
    "NotVectorisableError",
    "OutcomeUnknownError",
    "Refusal",
    "RefusedError",
    "TamperedError",
    "UnknownComplaintError",
    "UnreadableError",
]
