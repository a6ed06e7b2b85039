"""Complaints as the desk knows them: used last, and brought up to date."""

from collections import OrderedDict
from collections.abc import Collection
from threading import Lock

from attrs import define, field

from complaint_lifecycle.codec.snapshots import (
    dump_complaint,
    fingerprint,
    load_complaint,
)
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.errors import UnknownComplaintError
from complaint_lifecycle.journal import Journal, Snapshot
from complaint_lifecycle.lifecycle import Lifecycle


@define(eq=False)
class Shelf:
    """The complaints used last, a bounded number, each in its newest known version.

    Attributes:
        journal: Where their entries live.

        lifecycle: Folds them.

        size: How many are kept.

        snapshot_every: After how many entries a snapshot of a complaint is stored.
    """

    journal: Journal
    lifecycle: Lifecycle
    size: int
    snapshot_every: int | None = None
    _known: OrderedDict[str, Complaint] = field(factory=OrderedDict, init=False)
    _stale: set[str] = field(factory=set, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def load(self, complaint_id: str, *, fresh: bool) -> Complaint:
        """Bring a complaint; unless ``fresh``, perhaps not the newest version of it.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        known = self._get(complaint_id)
        if known is not None and not fresh:
            return known
        if known is None and self.snapshot_every is not None:
            known = self._from_snapshot(complaint_id)
        version = 0 if known is None else known.version
        newer = self.journal.entries(complaint_id, after=version)
        if newer:
            known = self.lifecycle.replay(newer, onto=known, strict=False)
            self.put(known)
        if known is None:
            raise UnknownComplaintError(complaint_id)
        return known

    def load_all(self, complaint_ids: Collection[str]) -> list[Complaint]:
        """Bring the newest versions of several complaints, mostly by one question.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        known = {name: self._get(name) for name in complaint_ids}
        versions = {name: 0 if c is None else c.version for name, c in known.items()}
        for name, newer in self.journal.histories(versions).items():
            found = self.lifecycle.replay(newer, onto=known[name], strict=False)
            known[name] = found
            self.put(found)
        return [c or self.load(name, fresh=True) for name, c in known.items()]

    def settle(self, before: Complaint, complaint: Complaint) -> None:
        """Put away what was recorded, and store a snapshot when its time has come.

        Args:
            before: The complaint from which it was decided.

            complaint: The complaint as it was committed.
        """
        self.put(complaint)
        every = self.snapshot_every
        if every is None or complaint.version < every:
            return
        due = before.version // every < complaint.version // every
        if due or complaint.id in self._stale:
            body, print_ = dump_complaint(complaint), fingerprint(self.lifecycle)
            self.journal.keep_snapshot(
                Snapshot(complaint.id, complaint.version, print_, body)
            )
            self._stale.discard(complaint.id)

    def _from_snapshot(self, complaint_id: str) -> Complaint | None:
        found = self.journal.snapshot(complaint_id)
        if found is None:
            return None
        if found.fingerprint != fingerprint(self.lifecycle):
            # Another version of the library folded it: stored anew when it goes on.
            self._stale.add(complaint_id)
            return None
        return load_complaint(found.body)

    def put(self, complaint: Complaint) -> None:
        """Keep a complaint, unless a newer version of it is known."""
        with self._lock:
            known = self._known.get(complaint.id)
            if known is None or known.version < complaint.version:
                self._known[complaint.id] = complaint
            self._known.move_to_end(complaint.id)
            if len(self._known) > self.size:
                self._known.popitem(last=False)

    def _get(self, complaint_id: str) -> Complaint | None:
        with self._lock:
            if complaint_id in self._known:
                self._known.move_to_end(complaint_id)
            return self._known.get(complaint_id)
