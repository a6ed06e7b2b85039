"""The desk that a host calls."""

from complaint_lifecycle.desk.service import Desk
from complaint_lifecycle.desk.telling import Listener, Recorded

__all__ = ["Desk", "Listener", "Recorded"]
