"""How often the reliability tests try, and where they keep their journals.

The ordinary test run tries a little of everything. The full numbers are tried with::

    COMPLAINT_LIFECYCLE_TRIALS=1000 python -m pytest tests/reliability -s

where 1000 is the number of kills of a writer on each database; all other numbers go by
it: 40 stops of a PostgreSQL server under load, 60,000 due timers, 20,000 races, 500 kills
of a relay, 300 power cuts, 400 flipped bits. Another number does so much more or less of
all of them. With ``-s`` the numbers that were measured are shown.

Every harness has a broken twin that it has to catch: a journal that commits entry by
entry, acknowledges too early, checks no versions, or does not wait for the disk.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMED = "COMPLAINT_LIFECYCLE_TRIALS"
"""Names how many trials there are; 1,000 for the full numbers."""

MEMORY = Path("/dev/shm")  # noqa: S108 - it goes when the tests are done


def trials(full: int, *, few: int) -> int:
    """Return how often to try.

    Args:
        full: How often when 1,000 is asked for.

        few: How often in the ordinary test run.
    """
    asked = os.environ.get(NAMED)
    return few if asked is None else max(1, full * int(asked) // 1000)


@contextmanager
def memory_folder() -> Iterator[Path]:
    """Make a folder in memory, or where there is none, on the disk."""
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    folder = Path(tempfile.mkdtemp(prefix="trials", dir=MEMORY if usable else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def show(what: str, **numbers: object) -> None:
    """Print what was measured, for whoever looks with ``-s``."""
    listed = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in numbers.items())
    print(f"\n{what}: {listed}")  # noqa: T201 - numbers are what this is for
