"""The relay: what it sends, in which order, and what becomes of what fails."""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from time import sleep

import pytest
from attrs import define, field
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from histories import histories
from hypothesis import given, settings
from hypothesis import strategies as st
from store.test_tail import begun, early
from stores import Place, at_once
from walks import MONDAY, new_desk, received

from complaint_lifecycle import (
    Desk,
    JumpClock,
    Lifecycle,
    MemoryJournal,
    Received,
    SqlJournal,
    Thanked,
    fact,
)
from complaint_lifecycle.codec import Codec
from complaint_lifecycle.errors import (
    InvalidEventError,
    JournalError,
    UnreadableError,
)
from complaint_lifecycle.events import EVENTS, Event, Updated
from complaint_lifecycle.journal import Batch, Journal
from complaint_lifecycle.relay import CONTENT_TYPE, Message, Relay, Retries

MINUTE = timedelta(minutes=1)
STEADY = Retries(attempts=3, first=MINUTE, longest=MINUTE)


def foreseen() -> Random:
    """Return chance that is the same each time."""
    return Random(1)  # noqa: S311


@define(eq=False)
class Consumer:
    """Another system: takes what it is sent, but for what it refuses."""

    refused: set[str] = field(factory=set)
    came: list[str] = field(factory=list)
    taken: list[Message] = field(factory=list)

    def __call__(self, message: Message) -> None:
        """Take a message, or refuse it by its id or key."""
        self.came.append(message.id)
        if {message.id, message.key} & self.refused:
            raise ConnectionError(f"no room for\x00 {message.key}\n")
        self.taken.append(message)

    @property
    def ids(self) -> list[str]:
        """What was taken, in order."""
        return [message.id for message in self.taken]


def relay_on(desk: Desk, send: Callable[[Message], object], **options: object) -> Relay:
    """Make a relay by the clock of a desk."""
    settings = {"name": "crm", "retries": STEADY, "clock": desk.clock}
    return Relay(desk.journal, send=send, **settings | options)


def two_complaints(journal: Journal) -> Desk:
    """Record c-1 with three entries, and c-2 with two, by turns."""
    desk = new_desk(journal)
    for _ in range(2):
        received(desk)
    for name in ("c-1", "c-2", "c-1"):
        desk.record(name, Updated(), by="ana")
    return desk


ALL = ["c-1/1", "c-2/1", "c-1/2", "c-2/2", "c-1/3"]


class TestSending:
    def test_every_entry_is_sent_once_and_in_order(self, journal: Journal):
        """Each with its complaint as key, and the position of its entry."""
        desk, crm = two_complaints(journal), Consumer()
        relay = relay_on(desk, crm)
        assert (relay.run(), relay.run()) == (5, 0)
        assert crm.ids == ALL
        assert [m.key for m in crm.taken] == [n.split("/")[0] for n in ALL]
        positions = [position for position, _ in journal.since(0)]
        assert [m.position for m in crm.taken] == positions
        assert relay.position == positions[-1]

    def test_it_goes_on_where_it_stopped(self, journal: Journal):
        """At a limit, and under the same name also as another object."""
        desk, crm = two_complaints(journal), Consumer()
        assert relay_on(desk, crm).run(limit=2) == 2
        again = relay_on(desk, crm, from_="now")
        assert (again.run(limit=0), again.run(limit=1), again.run()) == (0, 1, 2)
        assert crm.ids == ALL

    def test_it_begins_where_it_is_told(self, journal: Journal):
        """From now on: what was there before is not sent."""
        desk, crm = two_complaints(journal), Consumer()
        relay = relay_on(desk, crm, from_="now")
        desk.record("c-2", Updated(), by="ana")
        assert (relay.run(), crm.ids) == (1, ["c-2/3"])

    def test_one_worker_sends_at_a_time(self, journal: Journal):
        """The other returns at once."""
        desk, nested = two_complaints(journal), []
        relay = relay_on(desk, lambda message: nested.append(relay.run()))
        assert (relay.run(), nested) == (5, [0] * 5)

    def test_workers_send_each_entry_once_and_in_order(self, place: Place):
        """Three, each with a journal of its own, while others record."""
        came: list[str] = []
        done = threading.Event()

        def send(message: Message) -> None:
            came.append(message.id)
            sleep(0.0005)

        def work(journal: SqlJournal) -> None:
            relay = relay_on(new_desk(journal), send, page=7)
            while not done.is_set():
                relay.run(limit=20)

        def record(journal: SqlJournal) -> None:
            try:
                desk = new_desk(journal)
                for _ in range(10):
                    desk.record(received(desk).id, *[Updated()] * 3, by="ana")
            finally:
                done.set()

        journals = [place.open() for _ in range(3)]
        try:
            at_once(
                [partial(record, journals[0])] + [partial(work, j) for j in journals]
            )
            relay_on(new_desk(journals[0]), send).run()
        finally:
            for journal in journals:
                journal.close()
        assert came == [f"c-{n}/{v}" for n in range(1, 11) for v in range(1, 5)]

    def test_four_slow_writers_and_a_relay_that_misses_nothing(self, postgres: Place):
        """Each entry is sent once, though commits come out of order."""
        with postgres.open() as journal:
            crm, done = Consumer(), threading.Event()
            relay = relay_on(new_desk(journal), crm)

            def write(number: int) -> None:
                for turn in range(30):
                    name = f"c-{number}-{turn}"
                    wait = partial(sleep, 0 if turn % 5 else 0.004)
                    early(journal, name, begun(name, Updated()), wait)

            def work() -> None:
                while not done.is_set():
                    relay.run()

            worker = threading.Thread(target=work)
            worker.start()
            try:
                at_once(partial(write, number) for number in range(4))
            finally:
                done.set()
                worker.join()
            relay.run()
        assert len(crm.ids) == len(set(crm.ids)) == 240
        for name in {message.key for message in crm.taken}:
            assert crm.ids.index(f"{name}/1") < crm.ids.index(f"{name}/2")


class TestFailing:
    def test_a_complaint_waits_behind_what_failed_and_others_go_on(
        self, journal: Journal
    ):
        """It comes in order once it is taken."""
        desk, crm = two_complaints(journal), Consumer(refused={"c-1/1"})
        relay = relay_on(desk, crm)
        assert (relay.run(), crm.ids) == (2, ["c-2/1", "c-2/2"])
        first, second, third = relay.waiting()
        assert [p.attempts for p in (first, second, third)] == [1, 0, 0]
        assert (first.entry.version, third.entry.version) == (1, 3)
        assert first.error == "ConnectionError: no room for? c-1"
        assert second.error == "waits for one before it"
        assert timedelta() < first.ready - MONDAY <= MINUTE
        desk.record("c-1", Updated(), by="ana")
        assert relay.run() == 0
        crm.refused.clear()
        desk.clock.advance(MINUTE)
        assert relay.run() == 4
        assert crm.ids[2:] == [f"c-1/{version}" for version in range(1, 5)]
        assert relay.waiting() == relay.dead_letters() == ()

    def test_it_is_tried_later_and_later_and_then_no_more(self, journal: Journal):
        """Waits double up to the longest; the last attempt makes a dead letter."""
        desk, crm = two_complaints(journal), Consumer(refused={"c-1"})
        retries = Retries(4, MINUTE, timedelta(seconds=150), foreseen())
        relay = relay_on(desk, crm, retries=retries)
        waits = []
        for _ in range(4):
            relay.run()
            waiting = relay.waiting()[0]
            waits.append((waiting.ready - desk.clock.now) / MINUTE)
            desk.clock.jump_to(max(waiting.ready, desk.clock.now))
        assert all(
            most / 2 <= w <= most
            for w, most in zip(waits[:3], (1, 2, 2.5), strict=True)
        )
        (letter,) = relay.dead_letters()
        assert (letter.entry.version, letter.attempts, letter.dead) == (1, 4, True)
        desk.clock.advance(timedelta(days=30))
        assert relay.run() == 0
        assert crm.came.count("c-1/1") == 4
        assert [each.entry.version for each in relay.waiting()] == [2, 3]

    def test_a_dead_letter_is_tried_again_by_hand(self, journal: Journal):
        """As often as a new one; what waited for it follows."""
        desk, crm = two_complaints(journal), Consumer(refused={"c-1", "c-2"})
        relay = relay_on(desk, crm, retries=Retries(1))
        assert relay.run() == 0
        first, second = relay.dead_letters()
        assert relay.dead_letters(limit=1) == (first,)
        assert (relay.retry(first.position, 2**40), relay.run()) == (1, 0)
        assert relay.dead_letters()[0].error.startswith("ConnectionError")
        crm.refused.clear()
        assert (relay.retry(second.position), relay.run()) == (1, 2)
        assert (relay.retry(), relay.run()) == (1, 3)
        assert crm.ids == ["c-2/1", "c-2/2", "c-1/1", "c-1/2", "c-1/3"]
        assert (relay.retry(), relay.dead_letters()) == (0, ())

    def test_a_dead_letter_is_discarded_by_hand(self, journal: Journal):
        """What waited for it is sent without it, and nothing is discarded unnamed."""
        desk, crm = two_complaints(journal), Consumer(refused={"c-1/1"})
        relay = relay_on(desk, crm, retries=Retries(1))
        relay.run()
        (letter,) = relay.dead_letters()
        (waiting, _) = relay.waiting()
        assert relay.discard() == relay.discard(waiting.position) == 0
        assert (relay.discard(letter.position), relay.run()) == (1, 2)
        assert crm.ids[-2:] == ["c-1/2", "c-1/3"]
        assert desk.history("c-1")[0].version == 1

    def test_what_follows_a_dead_letter_may_be_sent_all_the_same(
        self, journal: Journal
    ):
        """It waits while the letter is tried, and no longer."""
        desk, crm = two_complaints(journal), Consumer(refused={"c-1/1"})
        relay = relay_on(desk, crm, past_dead=True)
        for expected in (2, 0, 2):
            assert relay.run() == expected
            desk.clock.advance(MINUTE)
        desk.record("c-1", Updated(), by="ana")
        assert relay.run() == 1
        assert crm.ids[2:] == ["c-1/2", "c-1/3", "c-1/4"]
        assert len(relay.dead_letters()) == 1
        crm.refused |= {"c-1/5"}
        once = relay_on(desk, crm, past_dead=True, retries=Retries(1))
        desk.record("c-1", Updated(), Updated(), by="ana")
        assert (once.run(), crm.ids[-1]) == (1, "c-1/6")

    def test_an_outage_ends_a_run_and_kills_nothing(self, journal: Journal):
        """Only so many are tried; the rest stays where it is."""
        desk = new_desk(journal)
        crm = Consumer(refused={f"c-{number}" for number in range(1, 21)})
        for _ in range(20):
            received(desk)
        relay = relay_on(desk, crm, outage=3, retries=Retries(4, MINUTE, MINUTE))
        assert (relay.run(), len(crm.came), len(relay.waiting())) == (0, 3, 3)
        desk.clock.advance(MINUTE)
        assert (relay.run(), len(crm.came), len(relay.waiting())) == (0, 9, 6)
        desk.clock.advance(MINUTE)
        assert (relay.run(), len(crm.came), len(relay.waiting())) == (0, 15, 9)
        assert relay.dead_letters() == ()
        crm.refused.clear()
        desk.clock.advance(MINUTE)
        assert relay.run() == 20
        assert sorted(crm.ids) == sorted(f"c-{n}/1" for n in range(1, 21))

    def test_what_fails_again_and_again_keeps_nobody_waiting(self, journal: Journal):
        """Those that were ready longest come first, and half of a run is for the new."""
        desk = new_desk(journal)
        crm = Consumer(refused={"c-1", "c-2", "c-3", "c-4"})
        for _ in range(4):
            received(desk)
        relay = relay_on(desk, crm, retries=Retries(99, MINUTE, MINUTE))
        relay.run()
        crm.refused.remove("c-4")
        for _ in range(2):
            desk.clock.advance(MINUTE)
            received(desk), received(desk)
            relay.run(limit=4)
        assert set(crm.ids) == {f"c-{n}/1" for n in range(4, 9)}

    def test_an_interruption_loses_nothing(self, journal: Journal):
        """What was sent before is written down; the rest is sent by the next run."""
        desk, crm = two_complaints(journal), Consumer()

        def interrupted(message: Message) -> None:
            if message.id == "c-1/2":
                raise KeyboardInterrupt
            crm(message)

        with pytest.raises(KeyboardInterrupt):
            relay_on(desk, interrupted).run()
        assert relay_on(desk, crm).run() == 3
        assert crm.ids == ALL

    @pytest.mark.parametrize("page", [1, 2, 100])
    def test_who_dies_before_the_mark_sends_again(
        self, journal: Journal, monkeypatch, page: int
    ):
        """At most a page of it, in the same order and under the same ids."""
        desk, crm = two_complaints(journal), Consumer(refused={"c-2/1"})

        def dying(*_: object, **__: object) -> None:
            raise JournalError("killed")

        with monkeypatch.context() as patch:
            relay = relay_on(desk, crm, page=page)
            patch.setattr(type(journal.readers), "mark", dying)
            with pytest.raises(JournalError, match="killed"):
                relay.run()
        before = len(crm.taken)
        assert 1 <= before <= page
        crm.refused.clear()
        assert relay_on(desk, crm, page=page).run() == 5
        assert crm.ids[before:] == ALL

    def test_an_unknown_kind_of_event_stops_the_relay_and_says_so(
        self, journal: Journal
    ):
        """What came before it is sent, and with the right codec it goes on."""

        @fact
        class Weighed(Event):
            """A fact of a host."""

        codec = Codec([*EVENTS, Weighed])
        desk, crm = two_complaints(journal), Consumer()
        relay = relay_on(desk, crm, codec=Codec([Received]))
        with pytest.raises(UnreadableError, match="give Codec its class"):
            relay.run()
        assert crm.ids == ["c-1/1", "c-2/1"]
        assert relay_on(desk, crm, codec=codec).run() == 3


@settings(max_examples=40)
@given(data=st.data())
def test_messages_of_a_complaint_come_in_order_whatever_fails(data: st.DataObject):
    """And once what fails is over, each was sent, and nothing waits."""
    clock = JumpClock(MONDAY)
    desk = new_desk(MemoryJournal(), clock=clock)
    taken: dict[str, list[int]] = defaultdict(list)
    fails = st.sampled_from([False, True])

    def send(message: Message) -> None:
        if data.draw(fails):
            raise ConnectionError
        taken[message.key].append(int(message.id.split("/")[1]))

    def relay(send: Callable[[Message], object], **options: int) -> Relay:
        retries = Retries(3, MINUTE, 4 * MINUTE, foreseen())
        return relay_on(desk, send, retries=retries, **options)

    flaky = relay(
        send, page=data.draw(st.integers(1, 4)), outage=data.draw(st.integers(1, 4))
    )
    for _ in range(3):
        received(desk)
    for _ in range(data.draw(st.integers(1, 8))):
        desk.record(f"c-{data.draw(st.integers(1, 3))}", Updated(), by="ana")
        flaky.run(limit=data.draw(st.integers(0, 6)))
        clock.advance(data.draw(st.integers(0, 5)) * MINUTE)
        flaky.retry()
    clock.advance(10 * MINUTE)
    well = relay(lambda message: fails_no_more(taken, message))
    while well.run(limit=3) or well.retry():
        pass
    assert well.waiting() == well.dead_letters() == ()
    expected = {c.id: list(range(1, c.version + 1)) for c in desk.complaints()}
    assert taken == expected


def fails_no_more(taken: dict[str, list[int]], message: Message) -> None:
    """Take any message."""
    taken[message.key].append(int(message.id.split("/")[1]))


def read(message: Message) -> dict:
    """Read a message, having checked it by the rules of CloudEvents 1.0."""
    event = JSONFormat().read(CloudEvent, message.text)
    found = json.loads(message.text)
    assert found["specversion"] == event.get_specversion() == "1.0"
    assert event.get_data() == found["data"]
    for name, value in found.items():
        assert name == "data" or re.fullmatch(r"[a-z0-9]{1,20}", name)
        assert name == "data" or (isinstance(value, str) and value)
    for name in ("time", "recordedtime"):
        written = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00"
        assert re.fullmatch(written, found[name])
        datetime.fromisoformat(found[name])
    assert found["partitionkey"] == found["subject"] == message.key
    assert found["id"] == message.id
    return found


class TestMessages:
    def test_an_entry_is_a_cloud_event(self, journal: Journal):
        """Its id is its place, and its data what is public."""
        desk, crm = new_desk(journal), Consumer()
        received(desk, text="It is broken.", source="ticket:1")
        desk.clock.advance(MINUTE)
        desk.record("c-1", Thanked(text="Thank you."), by="ana", at=MONDAY)
        options = {"source": "https://crm.example/a%20b", "types": "org.example"}
        relay_on(desk, crm, **options).run()
        found = read(crm.taken[1])
        assert found.pop("sequence") == f"{crm.taken[1].position:019}"
        assert found == {
            "specversion": "1.0",
            "id": "c-1/2",
            "source": "https://crm.example/a%20b",
            "type": "org.example.Thanked",
            "subject": "c-1",
            "time": "2026-03-02T09:00:00+00:00",
            "recordedtime": "2026-03-02T09:01:00+00:00",
            "partitionkey": "c-1",
            "datacontenttype": "application/json",
            "data": {
                "complaint_id": "c-1",
                "version": 2,
                "kind": "Thanked",
                "schema": 1,
                "by": "ana",
                "public": {},
            },
        }
        assert read(crm.taken[0])["data"]["public"]["source"] == "ticket:1"
        assert CONTENT_TYPE.startswith("application/cloudevents+json")

    def test_personal_text_goes_out_only_if_asked_for(self, journal: Journal):
        """Neither in a message, nor in its repr, nor in the error that is kept."""
        desk = new_desk(journal)
        received(desk, text="I am Olha.")
        desk.record("c-1", Updated(), by="ana")
        plain, full = Consumer(), Consumer()
        relay_on(desk, plain).run()
        relay_on(desk, full, name="archive", personal=True).run()
        assert "Olha" not in "".join(message.text for message in plain.taken)
        first, second = map(read, full.taken)
        assert first["data"]["personal"] == {"text": "I am Olha."}
        assert second["data"]["personal"] is None
        assert "Olha" not in repr(full.taken)

        def echo(message: Message) -> None:
            raise ConnectionError(message.text)

        relay = relay_on(desk, echo, name="echo", personal=True)
        relay.run()
        assert relay.waiting()[0].error == "ConnectionError"

    def test_ids_of_tenants_and_complaints_are_never_the_same(self, place: Place):
        """Whatever their names hold."""
        crm = Consumer()
        for tenant, name in (("a", "b/1"), ("a/b", "1"), ("", "é %"), ("a", "b%2F1")):
            with place.open(tenant=tenant) as journal:
                desk = new_desk(journal, new_id=lambda name=name: name)
                received(desk)
                relay_on(desk, crm).run()
                assert read(crm.taken[-1])["subject"] == name
        assert crm.ids == ["a/b%2F1/1", "a%2Fb/1/1", "%C3%A9%20%25/1", "a/b%252F1/1"]

    @settings(max_examples=25)
    @given(histories(Lifecycle(), max_size=20))
    def test_every_history_becomes_cloud_events(self, history):
        """By the rules of the specification, in order, each id once."""
        entries, _ = history
        journal, crm = MemoryJournal(), Consumer()
        journal.append([Batch(entries[0].complaint_id, 0, tuple(entries))])
        relay_on(new_desk(journal), crm).run()
        assert [read(m)["data"]["version"] for m in crm.taken] == [
            entry.version for entry in entries
        ]
        assert len(set(crm.ids)) == len(entries)


class TestSettings:
    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("source", ""),
            ("source", "a b"),
            ("source", "/%zz"),
            ("source", "/é"),
            ("name", ""),
            ("types", "a\n"),
            ("from_", -1),
        ],
    )
    def test_names_and_places_have_rules(self, option: str, value: object):
        """What cannot be one is refused when the relay is made."""
        with pytest.raises(InvalidEventError, match=option):
            relay_on(new_desk(), print, **{option: value})

    def test_numbers_have_rules_too(self):
        """A relay that never writes anything down, or never tries, is none."""
        for option in ({"page": 0}, {"outage": 0}):
            with pytest.raises(ValueError, match="must be >= 1"):
                relay_on(new_desk(), print, **option)
        for option in ({"attempts": 0}, {"first": -MINUTE}, {"longest": -MINUTE}):
            with pytest.raises(ValueError, match="must be >="):
                Retries(**option)

    def test_waits_never_overflow(self):
        """After thousands of attempts it is the longest wait still."""
        retries = Retries(10**6, timedelta(days=1), timedelta(days=9), foreseen())
        wait = retries.wait(10**5)
        assert timedelta(days=4.5) <= wait <= timedelta(days=9)
