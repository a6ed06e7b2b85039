"""The desk: load, check, append, tell; what a host calls."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from attrs import define, evolve

from complaint_lifecycle.checks import reference
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk.calls import Said, check_call
from complaint_lifecycle.desk.deciding import Decision
from complaint_lifecycle.desk.reading import Reading
from complaint_lifecycle.desk.requests import request_of
from complaint_lifecycle.desk.upkeep import Upkeep
from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.events import Absorbed, Event, Merged, Promised


@define(eq=False)
class Desk(Reading, Upkeep):
    """Records what was done about complaints, if the lifecycle allows it.

    Its settings never change; make another desk on the same journal instead.

    Attributes:
        journal: Where entries live.

        lifecycle: What may follow what.

        clock: Answers with the current instant.

        new_id: Makes ids for new complaints.

        sla: Targets and calendar, or a function that chooses them for a complaint.

        compensation: The policy that says what to offer.

        listeners: Are told, one after the other, after each commit. Several threads
            may tell at the same time; whoever needs one order for all reads
            ``journal.since(position)``.

        attempts: How often a decision is made anew when somebody else appended first.

        pause: Waits before that; given how many attempts have failed.

        cache_size: How many complaints are kept in memory, those used last.

        retention: How long what is personal is kept when a complaint rests; by default
            until it is forgotten by hand. Every desk that records or ticks on a journal
            needs the same one; after a change, call :meth:`reschedule`.

        access: Is asked who may see and record what; by default everybody may.

        audit: Is told of every refusal; needed with an access.

        reader: Who reads, for the access to be asked about: see :meth:`seen_by`.

        max_clock_step: How much further than the time that has passed the clock may go
            from tick to tick. What is beyond is held, with a warning, instead of every
            timer being missed at once; by default nothing is.

        snapshot_every: After how many entries a snapshot of a complaint is stored, so
            that a history of thousands need not be read from its start; by default
            never, since most have a few dozen. There is no personal text in it, and
            another version of the library folds anew.

        checkpoint_every: How often a tick makes a checkpoint of an SQL journal, for an
            auditor to keep; by default never.

        signer: Signs these checkpoints.

    >>> from complaint_lifecycle.events import Received, Thanked
    >>> desk = Desk()
    >>> complaint = desk.receive(Received(customer="C-1", channel="email"), by="form")
    >>> desk.record(complaint.id, Thanked(), by="ana").state
    'thanked'
    """

    def on(self, connection: Any, dialect: str | None = None) -> Self:
        """Return the same desk in the transaction of somebody else.

        What it records is committed, or vanishes, with that transaction: it decides
        once, in a savepoint, and leaves the transaction usable whatever happens. It has
        no listeners, since only the host sees the commit; whoever subscribes hears of
        it. It keeps nothing in memory, since only the host sees what is rolled back.

        Args:
            connection: A connection of ``sqlite3``, psycopg, SQLAlchemy or Django, a
                session of SQLAlchemy, or a connection or cursor of DB-API 2.0 that
                takes parameters as ``qmark`` or ``format``.

            dialect: ``"sqlite"`` or ``"postgresql"``, where that cannot be seen.

        Raises:
            JournalError: If the journal is in no database, or this is no connection to
                one that could hold it.
        """
        borrowing = getattr(self.journal, "on", None)
        if borrowing is None:
            problem = (
                f"a {type(self.journal).__name__} is in no database: "
                "give the desk an SqlJournal to share a transaction"
            )
            raise JournalError(problem)
        shared = borrowing(connection, dialect)
        return evolve(self, journal=shared, attempts=1, listeners=(), cache_size=0)

    def receive(
        self,
        *events: Event,
        by: str,
        id: str | None = None,  # noqa: A002 - the word of the vocabulary
        at: datetime | None = None,
        key: str | None = None,
    ) -> Complaint:
        """Record a new complaint.

        Args:
            *events: ``Received``, and what was done in the same breath.

            by: Who records it.

            id: Id of the complaint; by default the desk makes one.

            at: When it came in; by default now.

            key: Idempotency key: the same call again returns the first result.

        Returns:
            The complaint.

        Raises:
            RefusedError: If the facts may not follow one another.
            AccessDeniedError: If one of them is not for them to record.
            ConflictError: If there is a complaint of this id.
            KeyReusedError: If the key was used for another call.
        """
        check_call(self.lifecycle, events, by)
        complaint_id = self.new_id() if id is None else reference(id, "id")

        def decide(_: bool) -> Sequence[Decision]:
            blank = self.lifecycle.new(complaint_id)
            return [
                self._recorder.decide(
                    blank, Said(events, at, by, self._recorder.now(), fresh=True)
                )
            ]

        request = request_of(
            self._recorder.codec, key, "receive", id, events, at=at, by=by
        )
        return self._recorder.carry_out(decide, request)

    def record(
        self,
        complaint_id: str,
        *events: Event,
        by: str,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Complaint:
        """Record what was done about a complaint, in one transaction.

        Args:
            complaint_id: The complaint.

            *events: What was done, in order, all at one instant.

            by: Who records it.

            at: When it was done; by default now, but never before the last fact.

            key: Idempotency key: the same call again returns the first result.

        Returns:
            The complaint as it is now.

        Raises:
            UnknownComplaintError: If there is no such complaint.
            AccessDeniedError: If a fact is not for them to record.
            RefusedError: If a fact may not follow, or an offer draws more than is left
                of its budget; then none is recorded.
            ConflictError: If others kept appending, or drawing on the same budget,
                first, attempt after attempt.
            CurrencyError: If an offer draws on a budget in another currency.
            KeyReusedError: If the key was used for another call.
        """
        check_call(self.lifecycle, events, by)
        reference(complaint_id, "complaint_id")

        def decide(fresh: bool) -> Sequence[Decision]:
            said = Said(events, at, by, self._recorder.now(), fresh)
            return [self._recorder.judge(complaint_id, said)]

        request = request_of(
            self._recorder.codec, key, "record", complaint_id, events, at=at, by=by
        )
        return self._recorder.carry_out(decide, request)

    def merge(
        self,
        duplicate: str,
        *,
        into: str,
        by: str,
        promise: Promised | None = None,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Complaint:
        """Let a complaint go on in another one; both sides in one transaction.

        Args:
            duplicate: The complaint that ends. An offer that is open on it lapses: make
                it on the survivor. What was accepted on it is delivered first.

            into: The complaint that survives.

            by: Who merges them.

            promise: Renews on the survivor a promise that the duplicate left open, and
                the survivor's own with it: say what was promised in both.

            at: When they were merged; by default now.

            key: Idempotency key: the same call again returns the first result.

        Returns:
            The complaint that survives.

        Raises:
            RefusedError: If the duplicate has an open promise and none is given, or an
                offer that was accepted and not delivered, or the survivor cannot take
                it.
            UnknownComplaintError: If there is no such complaint.
            AccessDeniedError: If either side is not for them to record.
        """
        renewed = () if promise is None else (promise,)
        if promise is not None:
            check_call(self.lifecycle, renewed, by)
        for name in (duplicate, into):
            reference(name, "complaint_id")

        def decide(fresh: bool) -> Sequence[Decision]:
            merged = Merged(into=into, promise_renewed=promise is not None)
            said = Said((merged,), at, by, self._recorder.now(), fresh)
            ending = self._recorder.judge(duplicate, said)
            absorbed = Absorbed(
                duplicate=duplicate,
                contacts=ending.complaint.contacts,
                about=ending.complaint.about,
                confidential=ending.complaint.confidential,
            )
            said = evolve(said, events=(absorbed, *renewed))
            return [self._recorder.judge(into, said), ending]

        passed = (Merged(into=into), *renewed)
        request = request_of(
            self._recorder.codec, key, "merge", duplicate, passed, at=at, by=by
        )
        return self._recorder.carry_out(decide, request)
