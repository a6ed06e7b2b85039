"""The desk that a host calls."""

from complaint_lifecycle.desk.firing import SetAsideWarning
from complaint_lifecycle.desk.pausing import Backoff, Pause
from complaint_lifecycle.desk.retaining import Retention
from complaint_lifecycle.desk.service import Desk
from complaint_lifecycle.desk.subscribing import Delivered, Subscriber, Subscription
from complaint_lifecycle.desk.telling import Listener, Recorded
from complaint_lifecycle.desk.turns import tick_in_turn
from complaint_lifecycle.desk.watching import ClockStepWarning, Health

__all__ = [
    "Backoff",
    "ClockStepWarning",
    "Delivered",
    "Desk",
    "Health",
    "Listener",
    "Pause",
    "Recorded",
    "Retention",
    "SetAsideWarning",
    "Subscriber",
    "Subscription",
    "tick_in_turn",
]
