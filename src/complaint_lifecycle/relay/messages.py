"""Entries as CloudEvents 1.0, in the structured form of JSON."""

import re
from urllib.parse import quote

from attrs import field, frozen

from complaint_lifecycle.checks import reference
from complaint_lifecycle.codec import Codec, Json, canonical, parse
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import Entry
from complaint_lifecycle.journal import Positioned

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
"""The content type of the text of a message, for HTTP."""

_DIGITS = 19
_URI = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


@frozen
class Message:
    """One entry on its way to another system.

    Attributes:
        id: Says which entry it is, the same at each attempt: tenant, complaint and
            version. Whoever receives it passes over an id that it has seen.

        key: The complaint. Messages of one key come in order, if what carries them
            keeps the order of a key.

        position: The position of the entry in the journal.

        kind: Kind of the event, such as ``"Thanked"``.

        text: The CloudEvent as JSON.
    """

    id: str
    key: str
    position: int
    kind: str
    text: str = field(repr=False)


@frozen
class Rendering:
    """How entries become messages.

    Attributes:
        tenant: Whose they are.

        source: Where they come from, a URI reference.

        types: What the type of each message begins with.

        codec: Writes the events.

        personal: Whether personal text goes along.
    """

    tenant: str
    source: str
    types: str
    codec: Codec
    personal: bool

    def message(self, each: Positioned) -> Message:
        """Render an entry.

        Args:
            each: The entry and its position.
        """
        entry = each.entry
        parts = (self.tenant, entry.complaint_id, str(entry.version))
        name = "/".join(quote(part, safe="") for part in parts if part)
        event = {
            "specversion": "1.0",
            "id": name,
            "source": self.source,
            "type": f"{self.types}.{entry.kind}",
            "subject": entry.complaint_id,
            "time": entry.at.isoformat(),
            "datacontenttype": "application/json",
            "data": self._data(entry),
            # Extensions that CloudEvents describes.
            "partitionkey": entry.complaint_id,
            "recordedtime": entry.recorded_at.isoformat(),
            "sequence": f"{each.position:0{_DIGITS}}",
        }
        text = canonical(event)
        return Message(name, entry.complaint_id, each.position, entry.kind, text)

    def _data(self, entry: Entry) -> Json:
        encoded = self.codec.encode(entry.event)
        data: Json = {
            "complaint_id": entry.complaint_id,
            "version": entry.version,
            "kind": encoded.kind,
            "schema": encoded.schema,
            "by": entry.by,
            "public": parse(encoded.public),
        }
        if self.personal:
            text = encoded.personal
            data["personal"] = None if text is None else parse(text)
        return data


def checked_source(value: str, field: str) -> str:
    """Let a URI reference through.

    Raises:
        InvalidEventError: If it is none.
    """
    if _URI.fullmatch(reference(value, field)) is None:
        rule = "must be a URI reference, such as /complaints or https://crm.example"
        raise InvalidEventError(field, repr(value)[:80], rule)
    return value
