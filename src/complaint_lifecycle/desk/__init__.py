"""The desk that a host calls."""

from complaint_lifecycle.desk.pausing import Backoff, Pause
from complaint_lifecycle.desk.service import Desk
from complaint_lifecycle.desk.telling import Listener, Recorded

__all__ = ["Backoff", "Desk", "Listener", "Pause", "Recorded"]
