"""The journal as an outbox: messages to other systems, in the form of CloudEvents 1.0."""

from complaint_lifecycle.relay.messages import CONTENT_TYPE, Message
from complaint_lifecycle.relay.retries import Retries
from complaint_lifecycle.relay.service import Relay, Send

__all__ = ["CONTENT_TYPE", "Message", "Relay", "Retries", "Send"]
