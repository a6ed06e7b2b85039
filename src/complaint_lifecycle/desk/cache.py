"""The complaints that a desk used last."""

from collections import OrderedDict
from threading import Lock

from attrs import define, field

from complaint_lifecycle.complaint import Complaint


@define(eq=False)
class ComplaintCache:
    """The complaints used last, a bounded number, each in its newest known version."""

    _size: int
    _known: OrderedDict[str, Complaint] = field(factory=OrderedDict, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def get(self, complaint_id: str) -> Complaint | None:
        """Return a complaint as far as it is known here."""
        with self._lock:
            if complaint_id in self._known:
                self._known.move_to_end(complaint_id)
            return self._known.get(complaint_id)

    def put(self, complaint: Complaint) -> None:
        """Keep a complaint, unless a newer version of it is known."""
        with self._lock:
            known = self._known.get(complaint.id)
            if known is None or known.version < complaint.version:
                self._known[complaint.id] = complaint
            self._known.move_to_end(complaint.id)
            if len(self._known) > self._size:
                self._known.popitem(last=False)
