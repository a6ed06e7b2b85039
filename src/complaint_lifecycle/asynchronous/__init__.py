"""The desk and its journal for programs in asyncio.

Every call is the synchronous one: in a thread, or on PostgreSQL with
:func:`async_postgres` in the event loop itself.
"""

from complaint_lifecycle.asynchronous.desk import AsyncDesk, AsyncSubscription
from complaint_lifecycle.asynchronous.journal import AsyncJournal
from complaint_lifecycle.asynchronous.opening import async_postgres

__all__ = ["AsyncDesk", "AsyncJournal", "AsyncSubscription", "async_postgres"]
