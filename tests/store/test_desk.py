"""The desk: load, check, append, tell, on each journal that we ship."""

import multiprocessing
import threading
from datetime import datetime
from itertools import count

import pytest
from histories import likely_events
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from stores import Place
from walks import DUE, HOUR, MONDAY, PROMISE, STEPS, new_desk, received, walked

from complaint_lifecycle import (
    Asked,
    ComplaintError,
    Desk,
    Explained,
    InvalidEventError,
    JumpClock,
    Lifecycle,
    MemoryJournal,
    Promised,
    Received,
    RefusedError,
    SqlJournal,
    Step,
    Thanked,
    Verified,
    money,
)
from complaint_lifecycle.desk.shelf import Shelf
from complaint_lifecycle.errors import (
    ConflictError,
    KeyReusedError,
    ListenerError,
    UnknownComplaintError,
)
from complaint_lifecycle.events import (
    Absorbed,
    Accepted,
    CustomerWrote,
    Merged,
    Offered,
    TimerMissed,
    Updated,
)
from complaint_lifecycle.offers import Offer, Remedy


@pytest.fixture
def desk(journal):
    """Give a desk on an empty journal of each kind."""
    return new_desk(journal)


class TestRecording:
    def test_a_complaint_is_what_its_history_replays_to(self, desk):
        """Live and replayed are the same value, for this desk and any other."""
        complaint = walked(desk, Step.PREVENT)
        history = desk.history(complaint.id)
        assert desk.lifecycle.replay(history) == complaint
        assert Desk(journal=desk.journal).complaint(complaint.id) == complaint
        assert list(desk.complaints()) == [complaint]

    def test_an_unknown_complaint_is_named(self, desk):
        """Reading and recording say which id there is none of."""
        for call in (
            lambda: desk.complaint("c-9"),
            lambda: desk.history("c-9"),
            lambda: desk.record("c-9", Thanked(), by="ana"),
            lambda: desk.merge("c-9", into="c-8", by="ana"),
        ):
            with pytest.raises(UnknownComplaintError, match="no complaint 'c-"):
                call()

    def test_an_id_can_be_given_once(self, desk):
        """The second complaint of the same id is a conflict."""
        first = Received(customer="C-1", channel="email")
        assert desk.receive(first, by="form", id="mine").id == "mine"
        with pytest.raises(ConflictError):
            desk.receive(first, Asked(), by="form", id="mine")

    def test_an_id_that_is_taken_is_told_as_such(self, desk):
        """Deciding again would not help, so the message says what does."""
        first = Received(customer="C-1", channel="email")
        desk.receive(first, by="form", id="mine")
        with pytest.raises(ConflictError, match="choose another id"):
            desk.receive(first, by="form", id="mine", key="k")

    def test_what_the_desk_records_is_not_for_hosts(self, desk):
        """Timers fire by themselves."""
        complaint = received(desk)
        missed = TimerMissed(timer="t", cause="t#1", due=MONDAY, fired=MONDAY)
        with pytest.raises(InvalidEventError, match="the desk records it itself"):
            desk.record(complaint.id, missed, by="ana")
        with pytest.raises(InvalidEventError, match=r"call desk\.merge"):
            desk.receive(Received(customer="C", channel="e"), Merged(into="x"), by="a")

    def test_a_class_in_place_of_a_fact_is_told(self, desk):
        """The message shows the parentheses that are missing."""
        complaint = received(desk)
        with pytest.raises(InvalidEventError, match=r"such as Thanked\(\)"):
            desk.record(complaint.id, Thanked, by="ana")
        with pytest.raises(InvalidEventError, match="'thank': is no fact"):
            desk.record(complaint.id, "thank", by="ana")

    def test_ids_are_made_when_none_is_given(self):
        """Two complaints never share one."""
        desk = Desk(clock=JumpClock(MONDAY))
        ids = {received(desk).id for _ in range(100)}
        assert len(ids) == 100

    def test_nothing_to_record_is_a_mistake(self, desk):
        """The message asks for a fact."""
        complaint = received(desk)
        with pytest.raises(InvalidEventError, match="at least one fact"):
            desk.record(complaint.id, by="ana")

    def test_a_complaint_cannot_begin_with_something_else(self, desk):
        """Receipt comes first."""
        with pytest.raises(RefusedError, match="receive comes next"):
            desk.receive(Thanked(), by="ana")

    def test_naive_instants_and_empty_names_are_refused(self, desk):
        """Nothing is recorded with them."""
        complaint = received(desk)
        naive = datetime(2026, 3, 2, 9)  # noqa: DTZ001
        with pytest.raises(InvalidEventError, match="naive"):
            desk.record(complaint.id, Thanked(), by="ana", at=naive)
        with pytest.raises(InvalidEventError, match="by = ''"):
            desk.record(complaint.id, Thanked(), by="")
        assert len(desk.history(complaint.id)) == 1

    def test_a_second_desk_sees_what_the_first_recorded(self, desk):
        """A desk that knows an older version reads on before it answers."""
        other = Desk(journal=desk.journal, clock=desk.clock)
        complaint = received(desk)
        other.complaint(complaint.id)
        desk.record(complaint.id, Thanked(), by="ana")
        assert other.complaint(complaint.id).state == "thanked"

    def test_a_stale_desk_decides_anew(self, desk):
        """Neither a conflict nor a refusal is answered from old knowledge."""
        other = Desk(journal=desk.journal, clock=desk.clock)
        complaint = received(desk)
        other.complaint(complaint.id)
        desk.record(complaint.id, Thanked(), by="ana")
        assert other.record(complaint.id, Explained(), by="bob").state == "explained"
        assert desk.record(complaint.id, Updated(), by="ana").version == 4

    def test_a_cache_forgets_the_oldest(self, desk, monkeypatch):
        """More complaints than it holds are read from the journal again."""
        monkeypatch.setattr("complaint_lifecycle.desk.settings.CACHE_SIZE", 2)
        small = Desk(journal=desk.journal, clock=desk.clock, new_id=desk.new_id)
        ids = [received(small).id for _ in range(5)]
        for complaint_id in ids:
            assert small.record(complaint_id, Thanked(), by="ana").state == "thanked"

    def test_a_cache_never_goes_back_to_an_older_version(self):
        """A slow thread that comes late with what it knew changes nothing."""
        desk = new_desk()
        old = received(desk)
        new = desk.record(old.id, Thanked(), by="ana")
        shelf = Shelf(desk.journal, desk.lifecycle, 2)
        shelf.put(new)
        shelf.put(old)
        assert shelf.load(old.id, fresh=False) is new


class TestIdempotency:
    def test_the_same_call_again_returns_the_first_result(self, desk):
        """Even when the complaint has gone on since."""
        complaint = received(desk)
        once = desk.record(complaint.id, Thanked(), by="ana", key="mail-1")
        desk.record(complaint.id, Explained(), by="ana")
        desk.clock.advance(HOUR)
        assert desk.record(complaint.id, Thanked(), by="ana", key="mail-1") == once
        assert len(desk.history(complaint.id)) == 3

    def test_receiving_again_returns_the_first_complaint(self, desk):
        """A form sent twice makes one complaint."""
        first = Received(customer="C-1", channel="web form")
        once = desk.receive(first, by="form", key="form-1")
        assert desk.receive(first, by="form", key="form-1") == once
        assert len(desk.journal.complaints()) == 1

    @pytest.mark.parametrize(
        ("fact", "arguments"),
        [
            (Thanked(text="other"), {}),
            (Explained(), {}),
            (Thanked(), {"by": "bob"}),
            (Thanked(), {"at": MONDAY}),
        ],
    )
    def test_the_same_key_with_another_body_is_refused(self, desk, fact, arguments):
        """Another fact, person or instant is another request."""
        complaint = received(desk)
        desk.record(complaint.id, Thanked(), by="ana", key="mail-1")
        with pytest.raises(KeyReusedError, match="use a key once"):
            desk.record(complaint.id, fact, key="mail-1", **{"by": "ana"} | arguments)

    def test_a_refused_call_does_not_use_up_its_key(self, desk):
        """It may come again when its time has come."""
        complaint = received(desk)
        with pytest.raises(RefusedError):
            desk.record(complaint.id, Explained(), by="ana", key="k")
        desk.record(complaint.id, Thanked(), by="ana")
        complaint = desk.record(complaint.id, Explained(), by="ana", key="k")
        assert complaint.state == "explained"

    def test_a_call_answered_while_it_was_deciding_returns_the_first_result(self):
        """Being late for one's own answer is no refusal."""
        first = new_desk()
        complaint = received(first)

        class Hurried(MemoryJournal):
            def receipt(self, key):
                found = super().receipt(key)
                if found is None:
                    first.record(complaint.id, Thanked(), by="ana", key=key)
                return found

        journal = Hurried()
        journal._streams = first.journal._streams
        journal._receipts = first.journal._receipts
        desk = Desk(journal=journal, clock=first.clock)
        done = desk.record(complaint.id, Thanked(), by="ana", key="k")
        assert (done.state, done.version) == ("thanked", 2)

    def test_a_key_is_a_reference(self, desk):
        """What no store keeps safely is refused first."""
        complaint = received(desk)
        for key in ("", "\ud800", "k" * 401):
            with pytest.raises(InvalidEventError, match="key = "):
                desk.record(complaint.id, Thanked(), by="ana", key=key)

    def test_one_call_delivered_by_many_threads_is_applied_once(self, desk):
        """Whoever is late gets the first result."""
        complaint = received(desk)
        results = []

        def deliver() -> None:
            done = desk.record(complaint.id, CustomerWrote(), by="inbox", key="m")
            results.append(done)

        threads = [threading.Thread(target=deliver) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 8
        assert {done.contacts for done in results} == {2}
        assert len(desk.history(complaint.id)) == 2


class TestMerging:
    def test_a_complaint_made_twice_goes_on_as_one(self, desk):
        """Both sides are recorded, and the contacts add up."""
        one = received(desk)
        two = received(desk, channel="phone")
        desk.record(two.id, CustomerWrote(), by="inbox")
        survivor = desk.merge(two.id, into=one.id, by="ana")
        assert survivor.id == one.id
        assert (survivor.duplicates, survivor.contacts) == ((two.id,), 3)
        merged = desk.complaint(two.id)
        assert (merged.state, merged.merged_into) == ("merged", one.id)
        view = desk.customer("C-1009")
        assert view.contacts == 3
        assert view.channels == ("email", "phone")

    def test_an_open_promise_is_renewed_or_the_merge_refused(self, desk):
        """A promise never disappears in a merge, and neither side changes alone."""
        one = walked(desk, Step.APOLOGISE)
        two = walked(desk, Step.PROMISE)
        with pytest.raises(RefusedError, match="must be renewed on the other"):
            desk.merge(two.id, into=one.id, by="ana")
        assert desk.complaint(one.id).duplicates == ()
        survivor = desk.merge(two.id, into=one.id, by="ana", promise=PROMISE)
        assert survivor.promise is not None
        assert (survivor.promise.what, survivor.promise.due) == ("resend it", DUE)
        assert desk.complaint(two.id).promise is None

    def test_a_survivor_that_cannot_promise_yet_refuses_the_merge(self, desk):
        """The promise needs its place in the order there too."""
        one = received(desk)
        two = walked(desk, Step.PROMISE)
        with pytest.raises(RefusedError, match="cannot record Promised"):
            desk.merge(two.id, into=one.id, by="ana", promise=PROMISE)
        assert desk.complaint(two.id).state == "promised"

    def test_merging_ends_the_wait_of_the_duplicate(self, desk):
        """Its questions end, and the time is kept."""
        one, two = received(desk), received(desk)
        desk.record(two.id, Asked(), by="ana")
        desk.clock.advance(HOUR)
        desk.merge(two.id, into=one.id, by="ana")
        assert desk.complaint(two.id).waited == HOUR

    def test_a_merge_may_be_repeated_with_its_key(self, desk):
        """The second call returns the survivor as it was."""
        one, two = received(desk), received(desk)
        done = desk.merge(two.id, into=one.id, by="ana", key="m")
        assert desk.merge(two.id, into=one.id, by="ana", key="m") == done

    def test_a_complaint_is_not_merged_into_itself_or_twice(self, desk):
        """Nor into one that has ended."""
        one, two, three = received(desk), received(desk), received(desk)
        with pytest.raises(ComplaintError, match="cannot absorb itself"):
            desk.merge(one.id, into=one.id, by="ana")
        desk.merge(two.id, into=one.id, by="ana")
        with pytest.raises(RefusedError, match="it goes on in complaint 'c-1'"):
            desk.merge(two.id, into=one.id, by="ana")
        with pytest.raises(RefusedError, match="it goes on in"):
            desk.merge(three.id, into=two.id, by="ana")

    @pytest.mark.parametrize("fact", [Merged(into="c-1"), Absorbed(duplicate="c-1")])
    def test_one_side_alone_cannot_be_recorded(self, desk, fact):
        """The way out is named."""
        complaint = received(desk)
        with pytest.raises(InvalidEventError, match=r"call desk\.merge"):
            desk.record(complaint.id, fact, by="ana")

    def test_what_protects_the_duplicate_protects_the_survivor(self, desk):
        """Who is complained of, and confidentiality, are not lost in a merge."""
        one = walked(desk, Step.PROMISE)
        two = received(desk, about="bob", confidential=True)
        with pytest.raises(RefusedError, match="nobody judges themselves"):
            desk.merge(two.id, into=one.id, by="bob")
        with pytest.raises(RefusedError, match="nobody judges themselves"):
            desk.merge(one.id, into=two.id, by="bob", promise=PROMISE)
        survivor = desk.merge(two.id, into=one.id, by="ana")
        assert (survivor.about, survivor.confidential) == (("bob",), True)
        with pytest.raises(RefusedError, match="nobody judges themselves"):
            desk.record(one.id, STEPS[Step.GATHER], by="bob")

    def test_a_merge_counts_contacts_as_they_are_now(self, desk):
        """Also if the desk that merges knew an older version."""
        one, two = received(desk), walked(desk, Step.PROMISE)
        other = Desk(journal=desk.journal, clock=desk.clock)
        other.complaint(two.id)
        wrote = [CustomerWrote()] * 2
        desk.record(two.id, *wrote, STEPS[Step.GATHER], STEPS[Step.FIX], by="ana")
        assert other.merge(two.id, into=one.id, by="ana").contacts == 4


class TestCustomers:
    def test_one_customer_is_seen_over_all_channels(self, desk):
        """Complaints, contacts and what was accepted, currency by currency."""
        ten = Offer(remedies=[Remedy(kind="refund", value=money(10, "EUR"))])
        card = Offer(remedies=[Remedy(kind="apology")])
        for channel, offer in (("email", ten), ("phone", ten), ("shop", card)):
            complaint = received(desk, channel=channel)
            desk.record(complaint.id, Offered(offer=offer), Accepted(), by="ana")
        open_offer = received(desk)
        desk.record(open_offer.id, Offered(offer=ten), by="ana")
        view = desk.customer("C-1009")
        assert view.channels == ("email", "phone", "shop")
        assert view.contacts == 4
        assert view.compensated == {"EUR": money(20, "EUR")}
        assert desk.customer("C-0").complaints == ()


class TestListeners:
    def test_listeners_hear_in_order_after_the_commit(self):
        """What they hear is in the journal already."""
        heard = []
        desk = new_desk(listeners=[heard.append])
        complaint = walked(desk, Step.APOLOGISE)
        kinds = [[entry.kind for entry in recorded.entries] for recorded in heard]
        assert kinds == [["Received"], ["Thanked", "Explained", "Apologised"]]
        assert heard[-1].complaint == complaint

    def test_a_merge_is_told_for_both_sides(self):
        """The survivor first, then the duplicate."""
        heard = []
        desk = new_desk(listeners=[heard.append])
        one, two = received(desk), received(desk)
        desk.merge(two.id, into=one.id, by="ana")
        assert [r.complaint.id for r in heard[-2:]] == [one.id, two.id]

    def test_a_failing_listener_hides_nothing(self):
        """The others are told, the entries stay, and the error says both."""
        heard = []

        def broken(recorded):
            raise RuntimeError("mail server down")

        desk = new_desk(listeners=[broken, heard.append, broken])
        with pytest.raises(ListenerError, match="recorded up to version 1") as caught:
            received(desk)
        assert isinstance(caught.value.__cause__, RuntimeError)
        assert "broken" in caught.value.listener
        assert len(heard) == 1
        assert desk.complaint("c-1") == caught.value.complaint


class _Contended(MemoryJournal):
    """A journal in which somebody else is always first."""

    def append(self, batches, **beside):
        raise ConflictError("c-1", 1, 2)


def test_a_desk_gives_up_after_its_attempts():
    """The conflict is told, not hidden behind endless tries."""
    desk = new_desk(attempts=3)
    complaint = received(desk)
    contended = _Contended()
    contended._streams = desk.journal._streams
    desk = new_desk(contended, attempts=3)
    with pytest.raises(ConflictError):
        desk.record(complaint.id, Thanked(), by="ana")


def _write(path: str, number: int, times: int) -> None:
    with SqlJournal(path) as journal:
        desk = Desk(journal=journal, attempts=1000)
        for turn in range(times):
            desk.record("c-1", CustomerWrote(), by="inbox", key=f"{turn}")
            desk.record("c-1", Updated(), by=f"w{number}", key=f"{number}-{turn}")


def test_processes_lose_and_duplicate_nothing(tmp_path):
    """Four processes deliver the same calls and calls of their own, each once."""
    path = str(tmp_path / "complaints.sqlite")
    with SqlJournal(path) as journal:
        Desk(journal=journal).receive(
            Received(customer="C-1", channel="email"), by="form", id="c-1"
        )
        spawn = multiprocessing.get_context("spawn")
        workers = [
            spawn.Process(target=_write, args=(path, number, 15)) for number in range(4)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [worker.exitcode for worker in workers] == [0] * 4
        complaint = Desk(journal=journal).complaint("c-1")
    assert complaint.contacts == 1 + 15
    assert complaint.version == 1 + 15 + 4 * 15


class DeskAgreesWithMemory(RuleBasedStateMachine):
    """A desk on SQLite does what a desk in memory does, fact for fact."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = self.opened()
        numbers, others = count(1), count(1)
        self.clock = JumpClock(MONDAY)
        self.sql = Desk(
            journal=self.journal, clock=self.clock, new_id=lambda: f"c-{next(numbers)}"
        )
        self.memory = Desk(clock=self.clock, new_id=lambda: f"c-{next(others)}")

    def opened(self) -> SqlJournal:
        """Open an empty journal."""
        return SqlJournal(":memory:")

    def both(self, call) -> None:
        """Make the same call on both desks; they answer or refuse alike."""
        answers = []
        for desk in (self.sql, self.memory):
            try:
                answers.append(call(desk))
            except ComplaintError as error:
                answers.append(str(error))
        assert answers[0] == answers[1]

    @rule(minutes=st.integers(0, 3000))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.clock.advance(minutes * HOUR / 60)

    @rule(key=st.none() | st.sampled_from("abc"))
    def receive(self, key) -> None:
        """Receive a complaint, perhaps a second time."""
        event = Received(customer="C-1", channel="email", about="bob")
        self.both(lambda desk: desk.receive(event, by="form", key=key))

    @rule(
        number=st.integers(1, 3),
        facts=st.lists(
            st.one_of(likely_events, st.sampled_from(list(STEPS.values()))),
            min_size=1,
            max_size=5,
        ),
        by=st.sampled_from(["ana", "bob"]),
        key=st.none() | st.sampled_from("abcde"),
    )
    def record(self, number: int, facts: list, by: str, key) -> None:
        """Record facts, perhaps some that may not follow."""
        self.both(lambda desk: desk.record(f"c-{number}", *facts, by=by, key=key))

    @rule(
        number=st.integers(1, 3),
        into=st.integers(1, 3),
        promise=st.none() | st.just(PROMISE),
    )
    def merge(self, number: int, into: int, promise: Promised | None) -> None:
        """Merge two complaints, if that may be."""
        self.both(
            lambda desk: desk.merge(
                f"c-{number}", into=f"c-{into}", by="ana", promise=promise
            )
        )

    @invariant()
    def journals_are_equal(self) -> None:
        """Both hold the same entries in the same order."""
        ours = [entry for _, entry in self.journal.since(0)]
        assert ours == [entry for _, entry in self.memory.journal.since(0)]

    def teardown(self) -> None:
        """Close the database."""
        self.journal.close()


TestDeskAgreesWithMemory = DeskAgreesWithMemory.TestCase
TestDeskAgreesWithMemory.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None
)


def test_a_desk_on_postgres_agrees_with_memory(postgres: Place):
    """Fact for fact as well, each run in a tenant of its own."""
    tenants = (f"tenant {number}" for number in count(1))

    class OnPostgres(DeskAgreesWithMemory):
        def opened(self) -> SqlJournal:
            return postgres.open(tenant=next(tenants))

    steps = settings(max_examples=15, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(OnPostgres, settings=steps)


def test_a_host_can_change_the_lifecycle_of_its_desk():
    """What is derived holds for recording and reading alike."""
    shorter = Lifecycle().edit().drop_step("verify").compile()
    desk = new_desk(lifecycle=shorter)
    complaint = received(desk)
    facts = [STEPS[s] for s in STEPS if s is not Step.VERIFY]
    assert desk.record(complaint.id, *facts, by="ana").state == "prevented"
    with pytest.raises(RefusedError):
        desk.record(complaint.id, Verified(satisfied=True), by="ana")
