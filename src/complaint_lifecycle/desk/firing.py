"""Firing what is due: claimed, decided and recorded in one transaction."""

import warnings
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import NamedTuple

from attrs import frozen

from complaint_lifecycle.desk.deciding import Decision
from complaint_lifecycle.desk.recording import Recorder
from complaint_lifecycle.errors import (
    ConflictError,
    ContentionError,
    JournalError,
)
from complaint_lifecycle.events import Due
from complaint_lifecycle.events.base import DESK
from complaint_lifecycle.sla.due import Threshold

PAGE = 100
"""How many rows one transaction claims: more would keep hosts waiting."""

_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(days=1)

_Known = Mapping[str, AbstractSet[Threshold]]


class SetAsideWarning(UserWarning):
    """The timers of a complaint failed; the others were fired, and it waits."""


class _Page(NamedTuple):
    """What came of one transaction."""

    names: set[str]
    decisions: list[Decision]
    warnings: list[str]
    forgotten: list[str]

    def warn(self) -> None:
        """Warn of what was set aside, now that this is committed."""
        for warning in self.warnings:
            warnings.warn(warning, SetAsideWarning, stacklevel=4)


@frozen(eq=False)
class Firing:
    """Records what is due, a page of complaints at a time.

    A page is one transaction, so that a worker that dies leaves nothing half done, and
    the next one finds all of it.

    Attributes:
        recorder: Loads, appends and tells.
    """

    recorder: Recorder

    def fire(self, now: datetime, *, limit: int) -> int:
        """Record what is due now; return how many facts that were.

        Args:
            now: The current instant.

            limit: How many thresholds to look at.

        Raises:
            ListenerError: If a listener failed; all that is due is recorded first.
        """
        count, seen, failure = 0, set[str](), None
        while limit > 0:
            page = self._page(now, min(limit, PAGE))
            count += sum(len(decision.entries) for decision in page.decisions)
            try:
                page.warn()
                self.recorder.tell(page.decisions)
                if page.forgotten:
                    # Once more after the commit, so that nothing is left beside it.
                    self.recorder.forget(page.forgotten, by=DESK)
            except Exception as error:  # noqa: BLE001 - raised below, after the others
                failure = failure or error
            # What is still ready after its turn waits for the next tick.
            if seen.issuperset(page.names):
                break
            seen |= page.names
            limit -= PAGE
        if failure is not None:
            raise failure
        return count

    def _page(self, now: datetime, limit: int) -> _Page:
        for attempt in range(1, self.recorder.attempts + 1):
            try:
                return self._claimed(now, limit)
            except ContentionError:
                # Another transaction stood in the way, and all was rolled back.
                if attempt == self.recorder.attempts:
                    raise
                self.recorder.pause(attempt)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _claimed(self, now: datetime, limit: int) -> _Page:
        with self.recorder.journal.claim(now, limit=limit) as rows:
            known = _by_complaint(rows)
            page = _Page(set(known), [], [], [])
            try:
                page.decisions.extend(self._recorded(known, now, page))
            except (JournalError, ContentionError):
                raise
            except Exception:  # noqa: BLE001 - each has its turn alone, and is told there
                for name in known:
                    self._alone(name, known, now, page)
        return page

    def _recorded(self, known: _Known, now: datetime, page: _Page) -> list[Decision]:
        """Decide on some complaints and append what follows, all together."""
        recorder = self.recorder
        complaints = recorder.shelf.load_all(known)
        old = [c.id for c in complaints if recorder.timing.outlived(c, now)]
        if old:
            recorder.journal.forget(old, at=now, by=DESK)
            page.forgotten.extend(old)
        found = [
            (complaint, recorder.timing.fired(complaint, now, known[complaint.id]))
            for complaint in complaints
        ]
        decisions = [decision for _, decision in found if decision is not None]
        recorder.append(decisions)
        same = [complaint for complaint, decision in found if decision is None]
        recorder.index(same, now, forgotten=old)
        return decisions

    def _alone(self, name: str, known: _Known, now: datetime, page: _Page) -> None:
        try:
            page.decisions.extend(self._recorded({name: known[name]}, now, page))
        except (JournalError, ContentionError):
            raise
        except ConflictError:
            # Somebody has just appended; the next tick decides from there.
            return
        except Exception as error:  # noqa: BLE001 - kept with the complaint, and warned of
            page.warnings.append(self._set_aside(name, error, now))

    def _set_aside(self, name: str, error: Exception, now: datetime) -> str:
        journal = self.recorder.journal
        failed = sum(each.attempts for each in journal.aside(name))
        until = now + min(_FIRST_REST * 2 ** min(failed, 30), _LONGEST_REST)
        said = f"{type(error).__name__}: {error}"[:300]
        journal.set_aside(name, until=until, error=said)
        return f"complaint {name!r} is set aside until {until.isoformat()}: {said}"


def _by_complaint(rows: Sequence[Due]) -> dict[str, set[Threshold]]:
    known: dict[str, set[Threshold]] = {}
    for row in rows:
        known.setdefault(row.complaint_id, set()).add((row.cause, row.threshold))
    return known
