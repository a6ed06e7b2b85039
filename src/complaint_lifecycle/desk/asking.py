"""Asking who may see and record what, and telling the audit of every refusal."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import NoReturn

from attrs import evolve, frozen

from complaint_lifecycle.access import (
    FORGET,
    NOTHING_SEEN,
    READ,
    REPEAT,
    Access,
    Audit,
    Denied,
    Intent,
)
from complaint_lifecycle.amounts import money
from complaint_lifecycle.checks import short_text
from complaint_lifecycle.clock import Clock, in_utc
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk.calls import Said
from complaint_lifecycle.desk.shelf import Shelf
from complaint_lifecycle.errors import (
    AccessDeniedError,
    InvalidEventError,
    UnknownComplaintError,
)
from complaint_lifecycle.events import Entry
from complaint_lifecycle.journal import BudgetChange

_NOBODY = "nobody says who reads: use desk.seen_by('ana')"
_NO_CURRENCY = "XXX"

Fences = dict[str, BudgetChange]
"""Rows that change with a decision, so that two of one customer cannot both stand."""

Followed = tuple[tuple[Entry, ...], Complaint, tuple[BudgetChange, ...]]


@frozen(eq=False, kw_only=True)
class Gate:
    """What stands between a desk and whoever calls it. Without an access it is open.

    Attributes:
        access: Says who may do what, or ``None``.

        audit: Is told of every refusal.

        shelf: Brings complaints.

        clock: Answers with the current instant.
    """

    access: Access | None
    audit: Audit | None
    shelf: Shelf
    clock: Clock

    def __attrs_post_init__(self) -> None:
        if self.access is not None and self.audit is None:
            rule = "every refusal leaves a record: say where, such as Refusals(journal)"
            raise InvalidEventError("audit", "None", rule)

    def load(self, complaint_id: str, said: Said) -> Complaint:
        """Bring a complaint on which something is to be recorded.

        Raises:
            UnknownComplaintError: If there is none, and nobody is to be asked.
            AccessDeniedError: If there is none, and somebody is.
        """
        if self.access is None:
            return self.shelf.load(complaint_id, fresh=said.fresh)
        at = said.now if said.at is None else in_utc(said.at, "at")
        wanted = said.events[0]
        blank = self.shelf.lifecycle.new(complaint_id)
        intent = self._intent(blank, said.by, wanted.kind, at=at, now=said.now)
        return self._found(evolve(intent, event=wanted))

    def decide(
        self, complaint: Complaint, said: Said, *, at: datetime, now: datetime
    ) -> Followed:
        """Ask about one fact after the other, and decide what follows from it.

        Args:
            complaint: The complaint as it stands.

            said: The facts, and who records them.

            at: When they happened.

            now: The current instant.

        Returns:
            The entries, the complaint that they lead to, and what is to change with
            them.

        Raises:
            AccessDeniedError: If one of the facts is not for this person to record.
            RefusedError: If one may not follow.
        """
        decide = partial(
            self.shelf.lifecycle.decide, at=at, by=said.by, recorded_at=now
        )
        if self.access is None:
            return (*decide(complaint, said.events), ())
        fences: Fences = {}
        entries: tuple[Entry, ...] = ()
        for event in said.events:
            intent = self._intent(complaint, said.by, event.kind, at=at, now=now)
            related = partial(self._related, complaint, fences)
            self._ask(evolve(intent, event=event, related=related))
            new, complaint = decide(complaint, (event,))
            entries += new
        return entries, complaint, tuple(fences.values())

    def read(self, complaint_id: str, reader: str | None) -> Complaint:
        """Bring the newest version of a complaint to somebody who may see it.

        Raises:
            UnknownComplaintError: If there is none, and nobody is to be asked.
            AccessDeniedError: If there is none, or the reader may not see it.
        """
        if self.access is None:
            return self.shelf.load(complaint_id, fresh=True)
        intent = self._reading(self.shelf.lifecycle.new(complaint_id), reader)
        complaint = self._found(intent)
        self._ask(self._reading(complaint, reader))
        return complaint

    def readable(
        self, complaint_ids: Iterable[str], reader: str | None
    ) -> Iterator[Complaint]:
        """Bring those of some complaints that somebody may see; others are left out.

        Raises:
            AccessDeniedError: If the reader may see none at all.
        """
        load = partial(self.shelf.load, fresh=True)
        if self.access is None:
            return map(load, complaint_ids)
        self._ask(self._reading(self._nothing(), reader))
        return (c for c in map(load, complaint_ids) if self._may_read(c, reader))

    def repeat(self, complaint: Complaint, by: str) -> Complaint:
        """Let whoever makes a call again have its first result.

        Raises:
            AccessDeniedError: If they may not have it any more.
        """
        if self.access is not None:
            now = self._now()
            self._ask(self._intent(complaint, by, REPEAT, at=now, now=now))
        return complaint

    def forget(self, customer: str | None, complaints: Iterable[str], by: str) -> None:
        """Ask whether somebody may let a customer, or some complaints, be forgotten.

        Each complaint is asked about, so that nobody destroys what they may not see.

        Args:
            customer: The customer, if one is meant.

            complaints: Ids of complaints.

            by: Who wants it.

        Raises:
            AccessDeniedError: If they may not, or there is no such complaint.
        """
        if self.access is None:
            return
        now = self._now()
        asked = partial(self._intent, by=by, action=FORGET, at=now, now=now)
        self._ask(asked(evolve(self._nothing(), customer=customer or "")))
        whole = self.shelf.journal.complaints(customer=customer) if customer else ()
        for name in (*complaints, *whole):
            blank = self.shelf.lifecycle.new(name)
            self._ask(asked(self._found(asked(blank))))

    def _now(self) -> datetime:
        return in_utc(self.clock(), "clock")

    def _nothing(self) -> Complaint:
        return Complaint(id="", state=self.shelf.lifecycle.table.start)

    def _intent(
        self, complaint: Complaint, by: str, action: str, at: datetime, now: datetime
    ) -> Intent:
        return Intent(
            by=by,
            action=action,
            complaint=complaint,
            at=at,
            now=now,
            related=partial(self._related, complaint, None),
        )

    def _reading(self, complaint: Complaint, reader: str | None) -> Intent:
        now = self._now()
        intent = self._intent(complaint, reader or "", READ, at=now, now=now)
        if not reader:
            self._deny(intent, _NOBODY, told=_NOBODY)
        return intent

    def _may_read(self, complaint: Complaint, reader: str | None) -> bool:
        return self._reason(self._reading(complaint, reader)) is None

    def _found(self, intent: Intent) -> Complaint:
        """Bring the complaint of an intent; it is refused if there is none."""
        try:
            return self.shelf.load(intent.complaint.id, fresh=True)
        except UnknownComplaintError:
            reason = self._reason(intent)
            missing = f"there is no complaint {intent.complaint.id!r}"
            why = missing if reason is None else reason
            self._deny(intent, why, told=NOTHING_SEEN if reason is None else reason)

    def _ask(self, intent: Intent) -> None:
        reason = self._reason(intent)
        if reason is not None:
            self._deny(intent, reason, told=self._told(intent, reason))

    def _reason(self, intent: Intent) -> str | None:
        answer: object = None if self.access is None else self.access(intent)
        if answer is None:
            return None
        if not isinstance(answer, str) or not answer.strip():
            rule = "must answer None to allow, or the reason why not"
            raise InvalidEventError("access", repr(answer)[:80], rule)
        return short_text(" ".join(answer.split()), "access")

    def _told(self, intent: Intent, reason: str) -> str:
        """Return the reason for the one who asks: not what they may not know."""
        if intent.complaint.version == 0:
            return reason
        reading = evolve(intent, action=READ, event=None)
        if intent.action != READ and self._reason(reading) is None:
            return reason
        return self._hidden(intent)

    def _hidden(self, intent: Intent) -> str:
        """Return what is told alike of a complaint that is hidden and of none."""
        blank = self.shelf.lifecycle.new(intent.complaint.id)
        related = partial(self._related, blank, None)
        asked = evolve(intent, complaint=blank, related=related)
        reason = self._reason(asked)
        return NOTHING_SEEN if reason is None else reason

    def _deny(self, intent: Intent, reason: str, *, told: str) -> NoReturn:
        name = intent.complaint.id or None
        error = AccessDeniedError(intent.by, intent.action, name, told)
        denied = Denied(self._now(), intent.by, intent.action, name, reason)
        try:
            if self.audit is not None:  # pragma: no branch - never without an access
                self.audit(denied)
        except Exception as failure:
            error.add_note(f"and the audit failed: {type(failure).__name__}")
            raise error from failure
        raise error

    def _related(
        self, complaint: Complaint, fences: Fences | None
    ) -> tuple[Complaint, ...]:
        """Bring all complaints of the same customer, and what was merged into them."""
        customer = complaint.customer
        if not customer:
            return (complaint,)
        if fences is not None:
            # Read before the complaints: whoever is first makes the other decide anew.
            fences.setdefault(*self._fence(customer))
        names = self.shelf.journal.complaints(customer=customer)
        found = {complaint.id: complaint}
        for each in self.shelf.load_all([n for n in names if n != complaint.id]):
            found[each.id] = each
        merged = [name for each in found.values() for name in each.duplicates]
        while merged:
            name = merged.pop()
            if name not in found:
                found[name] = self.shelf.load(name, fresh=True)
                merged += found[name].duplicates
        return tuple(found.values())

    def _fence(self, customer: str) -> tuple[str, BudgetChange]:
        # No offer draws on a budget whose name begins with a space.
        row = self.shelf.journal.budget(f" {customer}")
        spent = row.spent or money(0, _NO_CURRENCY)
        return row.name, BudgetChange(row.name, row.version, spent)


def fences_of(found: Iterable[Iterable[BudgetChange]]) -> tuple[BudgetChange, ...]:
    """Return what is to change with several decisions, each row once.

    Args:
        found: What is to change with each.
    """
    rows: dict[str, BudgetChange] = {}
    for changes in found:
        for change in changes:
            rows.setdefault(change.name, change)
    return tuple(rows.values())
