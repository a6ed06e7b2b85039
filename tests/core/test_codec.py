"""Events and entries as canonical JSON, and what is refused on the way back."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated

import attrs
import pytest
from histories import ANY_EVENT, START, instants, references
from hypothesis import given
from hypothesis import strategies as st

from complaint_lifecycle import (
    Codec,
    Event,
    InvalidEventError,
    Received,
    Thanked,
    fact,
    money,
)
from complaint_lifecycle.codec import Encoded, canonical, parse
from complaint_lifecycle.codec.values import converter
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.events import EVENTS, Entry, Offered
from complaint_lifecycle.events.fields import Day, Note, Personal, Rule
from complaint_lifecycle.offers import Offer, Remedy

CODEC = Codec()
any_event = st.one_of(list(ANY_EVENT.values()))


def entry_of(event: Event) -> Entry:
    """Put an event in an envelope."""
    return Entry(
        complaint_id="c-1",
        version=1,
        at=START,
        by="ana",
        event=event,
        recorded_at=START + timedelta(microseconds=1),
    )


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.kind)
@given(st.data())
def test_every_fact_survives_the_way_out_and_back(kind, data):
    """Encode then decode is the identity, and encoding again gives the same bytes."""
    event = data.draw(ANY_EVENT[kind])
    encoded = CODEC.encode(event)
    assert CODEC.decode(encoded) == event
    assert CODEC.encode(CODEC.decode(encoded)) == encoded


@given(any_event, references, instants, st.integers(1, 2**62))
def test_every_entry_survives_the_way_out_and_back(event, by, at, version):
    """A dumped line loads to the same entry and dumps to the same line."""
    entry = Entry(
        complaint_id="c-1",
        version=version,
        at=at,
        by=by,
        event=event,
        recorded_at=at,
    )
    line = CODEC.dump(entry)
    assert CODEC.load(line) == entry
    assert CODEC.dump(CODEC.load(line.encode())) == line
    assert "\n" not in line


@given(any_event)
def test_personal_text_is_in_the_personal_part_only(event):
    """The public part has none of the personal fields."""
    encoded = CODEC.encode(event)
    assert not set(parse(encoded.public)) & set(event.personal)
    personal = {} if encoded.personal is None else parse(encoded.personal)
    assert personal == {
        n: getattr(event, n) for n in event.personal if getattr(event, n)
    }


@given(any_event)
def test_the_quick_way_writes_what_the_long_way_writes(event):
    """Byte for byte: the converter takes it apart, one encoder writes what it finds."""
    fields = converter().unstructure(event)
    personal = {n: fields.pop(n) for n in event.personal}
    said = {n: v for n, v in personal.items() if v != event.personal[n]}
    encoded = CODEC.encode(event)
    assert encoded.public == canonical(fields)
    assert encoded.personal == (canonical(said) if said else None)
    public, personal = parse(encoded.public), parse(encoded.personal or "{}")
    assert canonical(public) == encoded.public
    entry = entry_of(event)
    assert CODEC.dump(entry) == canonical(
        {
            "complaint_id": entry.complaint_id,
            "version": entry.version,
            "at": entry.at.isoformat(),
            "by": entry.by,
            "recorded_at": entry.recorded_at.isoformat(),
            "kind": event.kind,
            "schema": event.schema,
            "public": public,
            "personal": personal or None,
        }
    )


class Mood(Enum):
    """How a host's customer feels."""

    BAD = -1
    GOOD = 1


def anything(value, field):
    """Let every value through."""
    return value


@fact
class Surveyed(Event):
    """A host's own fact, whose fields are of every other kind."""

    score: Annotated[int, Rule(anything)] = 0
    sure: Annotated[bool | None, Rule(anything)] = None
    mood: Mood | None = None
    share: Annotated[Decimal, Rule(anything)] = Decimal(1)
    day: Day | None = None
    said_at: Annotated[datetime | None, Rule(anything, personal=True)] = None
    grade: Annotated[Decimal, Rule(anything, personal=True)] = Decimal(2)
    words: Annotated[str | None, Rule(anything, personal=True)] = None
    tags: Annotated[tuple[str, ...], Rule(anything)] = attrs.Factory(tuple)
    hidden: Annotated[str, Rule(anything)] = attrs.field(default="x", init=False)


class Loud(str):
    """Text of a class of its own."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("fields", "public", "personal"),
    [
        ({}, {}, '{"grade":"2"}'),
        ({"score": True}, {"score": "true"}, '{"grade":"2"}'),
        ({"score": 7, "sure": False}, {"score": "7", "sure": "false"}, '{"grade":"2"}'),
        ({"sure": True, "mood": Mood.BAD}, {"sure": "true", "mood": "-1"}, None),
        ({"share": Decimal("1.50")}, {"share": '"1.50"'}, '{"grade":"2"}'),
        ({"tags": ("a", "ї")}, {"tags": '["a","ї"]'}, '{"grade":"2"}'),
        ({"words": Loud("ї")}, {}, '{"grade":"2","words":"ї"}'),
        ({"said_at": START}, {}, f'{{"grade":"2","said_at":"{START.isoformat()}"}}'),
    ],
)
def test_facts_of_hosts_are_written_the_same_way(fields, public, personal):
    """Whatever their fields hold; and what cannot be given is not written."""
    event = Surveyed(**fields)
    codec = Codec([Surveyed])
    plain = {
        "day": "null", "mood": "null", "score": "0", "share": '"1"', "sure": "null",
        "tags": "[]",
    }  # fmt: skip
    wanted = ",".join(f'"{n}":{v}' for n, v in sorted((plain | public).items()))
    assert codec.encode(event).public == f"{{{wanted}}}"
    if personal is not None:
        assert codec.encode(event).personal == personal
    assert codec.decode(codec.encode(event)) == event


def test_the_bytes_are_canonical():
    """Sorted keys, no white space, real characters, amounts as text."""
    event = Received(
        customer="C-1", channel="email", text="Ой!", amount=money("4.5", "EUR")
    )
    assert CODEC.encode(event).personal == '{"text":"Ой!"}'
    assert '"amount":{"amount":"4.50","currency":"EUR"}' in CODEC.encode(event).public
    assert canonical({"b": [1], "a": None}) == '{"a":null,"b":[1]}'


@fact
class Praised(Event):
    """A host's own fact, in its third schema."""

    schema = 3

    words: Note = ""


class TestSchemas:
    def test_an_older_schema_is_brought_up_step_by_step(self):
        """Each upcaster leads to the next version."""
        codec = Codec(
            (*EVENTS, Praised),
            upcasters={
                ("Praised", 1): lambda fields: {"said": fields["text"]},
                ("Praised", 2): lambda fields: {"words": fields["said"]},
            },
        )
        old = Encoded("Praised", 1, '{"text":"well done"}', None)
        assert codec.decode(old) == Praised(words="well done")

    def test_a_missing_upcaster_is_named(self):
        """The message says from which schema no way leads on."""
        codec = Codec((*EVENTS, Praised))
        with pytest.raises(
            UnreadableError, match="no upcaster from schema 2 of Praised"
        ):
            codec.decode(Encoded("Praised", 2, "{}", None))

    @pytest.mark.parametrize(
        ("kind", "schema", "public", "message"),
        [
            ("Zapped", 1, "{}", "unknown kind of event 'Zapped'"),
            ("Thanked", 2, "{}", "up to 1: upgrade complaint-lifecycle"),
            ("Thanked", 0, "{}", "must be 1 or more"),
            ("Thanked", "1", "{}", "must be 1 or more"),
            ("Thanked", True, "{}", "must be 1 or more"),
            ("Thanked", 1, '{"mood":"good"}', "mood"),
            ("Thanked", 1, '{"text":"hi"}', "text is in the wrong part"),
            ("Escalated", 1, '{"owner":"o","line":2,"reason":5}', "must be text"),
            ("Archived", 1, "[]", "a JSON object is expected"),
            (
                "Reclassified",
                1,
                '{"amount":{"amount":"1E+1000000","currency":"EUR"}}',
                "no decimal number",
            ),
            ("Prevented", 1, "{}", "process is missing"),
            ("Gathered", 1, '{"fault":"x"}', "must be one of"),
            ("Offered", 1, '{"offer":3,"ref":null}', "this is no Offered"),
            ("Promised", 1, '{"what":"w","owner":"o","due":5}', "written as text"),
            ("Promised", 1, '{"what":"w","owner":"o","due":"soon"}', "is no instant"),
            (
                "Promised",
                1,
                '{"what":"w","owner":"o","due":"2026-03-02T09:00:00"}',
                "is no instant: write it like",
            ),
            ("Reclassified", 1, '{"amount":5}', "an amount and a currency"),
            (
                "Offered",
                1,
                '{"offer":{"remedies":[],"reasons":[{"text":"t"}],"expires":null},"ref":null}',
                "text, rule and amount",
            ),
            (
                "Reclassified",
                1,
                '{"amount":{"amount":1.5,"currency":"EUR"}}',
                "floats are not exact",
            ),
        ],
    )
    def test_what_is_no_such_event_is_refused(self, kind, schema, public, message):
        """Unknown, newer, incomplete or mistyped: one message that says which."""
        with pytest.raises(UnreadableError, match=message):
            CODEC.decode(Encoded(kind, schema, public, None))

    @pytest.mark.parametrize(
        ("facts", "message"),
        [
            ("3", "facts are written as an object"),
            ('{"a":{"$decimal":"x"}}', "finite"),
            ('{"a":{"$decimal":5}}', "finite"),
            ('{"a":{}}', "finite"),
            ('{"a":1.5}', "finite Decimal"),
        ],
    )
    def test_facts_that_are_not_plain_are_refused(self, facts, message):
        """A decimal is written as text under its own key, nothing else is nested."""
        public = f'{{"customer":"C","channel":"e","facts":{facts}}}'
        with pytest.raises(UnreadableError, match=message):
            CODEC.decode(Encoded("Received", 1, public, None))

    def test_a_bad_percentage_is_refused(self):
        """What cannot be a decimal is named by the rule of the field."""
        offer = Offer(remedies=[Remedy(kind="coupon", percent=10)])
        public = CODEC.encode(Offered(offer=offer)).public.replace('"10"', '"ten"')
        with pytest.raises(UnreadableError, match="finite number"):
            CODEC.decode(Encoded("Offered", 1, public, None))

    def test_an_upcaster_that_fails_is_told_with_its_kind(self):
        """Whatever it raises, the event is named."""
        codec = Codec(
            (*EVENTS, Praised),
            upcasters={("Praised", 1): lambda fields: fields["gone"]},
        )
        with pytest.raises(UnreadableError, match="no Praised of schema 1: gone"):
            codec.decode(Encoded("Praised", 1, "{}", None))

    def test_two_facts_of_one_name_are_refused(self):
        """A kind means one thing."""
        other = type("Thanked", (Event,), {})
        for events in ((*EVENTS, fact(other)), (*EVENTS, Event)):
            with pytest.raises(InvalidEventError, match="events = "):
                Codec(events)

    def test_a_required_personal_text_may_be_empty(self):
        """Only what equals its default is left out."""

        @fact
        class Quoted(Event):
            words: Personal
            name: Personal | None = None

        codec = Codec([Quoted])
        for event in (Quoted(words=""), Quoted(words="", name="")):
            assert codec.decode(codec.encode(event)) == event
        assert "Olha" not in repr(Quoted(words="", name="Olha"))
        assert "Olha" not in codec.encode(Quoted(words="", name="Olha")).public

    def test_a_kind_unknown_to_the_codec_is_not_written_either(self):
        """What could not be read back is not written."""
        with pytest.raises(UnreadableError, match="unknown kind of event 'Praised'"):
            CODEC.encode(Praised())


class TestParsing:
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["a", "b", 'c":', "d\n"]),
                st.sampled_from(
                    ["1", '"x"', '"\\":"', '{"a":1}', '{"a":1,"a":2}', "[]"]
                ),
            ),
            max_size=4,
        ),
        st.sampled_from([":", " :", ":\n", "\t:", "\r:"]),
    )
    def test_a_key_that_comes_twice_is_never_overlooked(self, pairs, colon):
        """The quick look at it agrees with reading strictly."""
        said = [f"{json.dumps(name)}{colon}{value}" for name, value in pairs]
        text = f"{{{','.join(said)}}}"
        names = [name for name, _ in pairs]
        twice = len(set(names)) < len(names) or any("2" in v for _, v in pairs)
        if twice:
            with pytest.raises(UnreadableError, match="a key comes twice"):
                parse(text)
        else:
            assert parse(text) == json.loads(text)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("[" * 100_000, "nested too deeply"),
            ('{"a":1,"a":2}', "a key comes twice"),
            ('{"a":NaN}', "NaN is no JSON number"),
            ('{"a":-Infinity}', "no JSON number"),
            (f'{{"a":{"9" * 5000}}}', "no JSON"),
            ("{", "this is no JSON"),
            ("", "this is no JSON"),
            ("[1]", "a JSON object is expected"),
            (b'{"a":"\xff"}', "not UTF-8: byte 6"),
        ],
    )
    def test_hostile_json_is_refused(self, text, message):
        """Depth, doubles, infinities, endless numbers and broken bytes do not pass."""
        with pytest.raises(UnreadableError, match=message):
            parse(text)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"more": 1}, "an entry has the keys"),
            ({"public": []}, "public must be an object"),
            ({"personal": []}, "personal an object or null"),
            ({"version": 0}, "1 or more"),
            ({"version": 2**63}, "1 or more"),
            ({"at": 5}, "written as text"),
            ({"personal": {"customer": "EVIL"}}, "customer is in the wrong part"),
            ({"at": "2026-03-02"}, "is no instant"),
            ({"by": None}, r"Entry\.by"),
            ({"kind": []}, "unknown kind"),
            ({"personal": {"text": "\ud800"}}, "lone surrogate"),
        ],
    )
    def test_a_line_that_is_no_entry_is_refused(self, change, message):
        """The envelope is checked like the event."""
        line = json.loads(CODEC.dump(entry_of(Thanked()))) | change
        with pytest.raises(UnreadableError, match=message):
            CODEC.load(json.dumps(line))
