"""Complaints as the desk knows them: used last, and brought up to date."""

from collections import OrderedDict
from threading import Lock

from attrs import define, field

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.errors import UnknownComplaintError
from complaint_lifecycle.journal import Journal
from complaint_lifecycle.lifecycle import Lifecycle


@define(eq=False)
class Shelf:
    """The complaints used last, a bounded number, each in its newest known version.

    Attributes:
        journal: Where their entries live.

        lifecycle: Folds them.

        size: How many are kept.
    """

    journal: Journal
    lifecycle: Lifecycle
    size: int
    _known: OrderedDict[str, Complaint] = field(factory=OrderedDict, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def load(self, complaint_id: str, *, fresh: bool) -> Complaint:
        """Bring a complaint; unless ``fresh``, perhaps not the newest version of it.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        known = self._get(complaint_id)
        if known is not None and not fresh:
            return known
        version = 0 if known is None else known.version
        newer = self.journal.entries(complaint_id, after=version)
        if newer:
            known = self.lifecycle.replay(newer, onto=known, strict=False)
            self.put(known)
        if known is None:
            raise UnknownComplaintError(complaint_id)
        return known

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
