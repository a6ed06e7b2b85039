"""Deciding, replaying, and deriving other lifecycles."""

import pickle
from datetime import timedelta

import pytest
from attrs import evolve
from histories import START, histories
from hypothesis import given
from hypothesis import strategies as st
from statemachine import State, StateChart
from statemachine.exceptions import InvalidDefinition
from walks import MONDAY, STEPS, new_desk, walked

from complaint_lifecycle import (
    Apologised,
    Asked,
    Complaint,
    Desk,
    Event,
    InvalidEventError,
    Lifecycle,
    Received,
    RefusedError,
    Step,
    Thanked,
    Verified,
    fact,
    gift_chart,
)
from complaint_lifecycle.complaint import Marks
from complaint_lifecycle.errors import ChartError
from complaint_lifecycle.events import (
    EVENTS,
    Explained,
    Reopened,
    Updated,
    VerificationAttempted,
    Withdrawn,
)

LIFECYCLE = Lifecycle()
FIRST = Received(customer="C-1", channel="email")


def decided(lifecycle: Lifecycle, *facts: Event, **changes: object) -> Complaint:
    """Decide a new complaint with some facts after its receipt."""
    events = [Received(**{"customer": "C-1", "channel": "email"} | changes), *facts]
    return lifecycle.decide(lifecycle.new("c-1"), events, at=START, by="ana")[1]


class TestReplay:
    @given(histories(LIFECYCLE))
    def test_replay_equals_the_complaint_as_it_was_decided(self, history):
        """Folding the entries in one go or one by one gives the same value."""
        entries, complaint = history
        assert LIFECYCLE.replay(entries) == complaint
        assert list(vars(complaint)) == [a.name for a in Complaint.__attrs_attrs__]
        assert complaint.version == len(entries) == len(complaint.marks)

    @given(histories(LIFECYCLE), st.data())
    def test_replay_can_continue_from_any_point(self, history, data):
        """A history cut in two folds to the same complaint."""
        entries, complaint = history
        cut = data.draw(st.integers(1, len(entries)))
        before = LIFECYCLE.replay(entries[:cut])
        kept = pickle.dumps(before)
        assert LIFECYCLE.replay(entries[cut:], onto=before) == complaint
        assert pickle.loads(kept) == before  # noqa: S301

    @given(histories(LIFECYCLE))
    def test_complaints_are_values(self, history):
        """They hash, pickle and cannot be changed."""
        _, complaint = history
        assert pickle.loads(pickle.dumps(complaint)) == complaint  # noqa: S301
        assert isinstance(hash(complaint), int)
        with pytest.raises(AttributeError):
            complaint.state = "fixed"

    @given(histories(LIFECYCLE))
    def test_promises_are_kept_broken_open_or_released_and_never_lost(self, history):
        """Of all promises made each has exactly one fate."""
        _, complaint = history
        settled = complaint.promises_kept + complaint.promises_broken
        still_open = complaint.promise is not None
        assert settled + still_open <= complaint.promises_made

    @given(histories(LIFECYCLE))
    def test_waiting_time_is_the_union_of_open_questions(self, history):
        """A brute-force sum over the marks agrees with the fold."""
        entries, complaint = history
        open_refs: set[object] = set()
        waited = timedelta()
        last = entries[0].at
        for mark in complaint.marks:
            waited += (mark.at - last) if open_refs else timedelta()
            last = mark.at
            if mark.kind == "Asked":
                open_refs.add(mark.detail)
            elif mark.kind == "Answered":
                open_refs.discard(mark.detail)
            elif mark.kind in {"Withdrawn", "Referred", "Archived", "Merged"}:
                open_refs.clear()
        assert complaint.waited_until(last) == waited
        assert {q.ref for q in complaint.questions} == open_refs

    def test_no_entries_are_no_complaint(self):
        """The message says how a complaint starts."""
        with pytest.raises(InvalidEventError, match="starts with Received"):
            LIFECYCLE.replay([])

    def test_entries_out_of_order_or_of_another_complaint_are_refused(self):
        """A gap, a repetition or a stranger is named with what was expected."""
        events = [FIRST, Thanked(), Explained()]
        entries, _ = LIFECYCLE.decide(LIFECYCLE.new("a"), events, at=START, by="x")
        strange, _ = LIFECYCLE.decide(LIFECYCLE.new("b"), events, at=START, by="x")
        for wrong in (
            [entries[0], entries[2]],
            [entries[0], entries[0]],
            [entries[0], strange[1]],
        ):
            with pytest.raises(InvalidEventError, match="expected a version 2 next"):
                LIFECYCLE.replay(wrong)

    def test_what_was_recorded_stays_readable_when_a_condition_changes(self):
        """Replayed leniently, conditions only choose between ways."""
        desk = new_desk()
        complaint = walked(desk, Step.FIX)
        attempts = [VerificationAttempted()] * 3
        again = Verified(satisfied=False)
        complaint = desk.record(complaint.id, *attempts, again, by="ana")
        history = desk.history(complaint.id)
        stricter = LIFECYCLE.edit().with_condition("not_content", lambda c, e: False)
        for lifecycle in (
            stricter.compile(),
            LIFECYCLE.edit()
            .with_condition("due_is_ahead", lambda c, e: False)
            .compile(),
        ):
            with pytest.raises(RefusedError):
                lifecycle.replay(history)
            assert lifecycle.replay(history, strict=False).version == len(history)
            lenient = Desk(journal=desk.journal, lifecycle=lifecycle)
            assert lenient.complaint(complaint.id).version == len(history)

    @given(histories(LIFECYCLE))
    def test_lenient_and_strict_replay_agree_under_the_same_rules(self, history):
        """Where nothing changed, both fold to the same complaint."""
        entries, complaint = history
        assert LIFECYCLE.replay(entries, strict=False) == complaint

    def test_a_way_that_is_gone_is_refused_also_leniently(self):
        """A fact whose transition no longer exists cannot be folded."""
        events = [FIRST, Thanked(), Explained()]
        entries, _ = LIFECYCLE.decide(LIFECYCLE.new("c"), events, at=START, by="ana")
        shorter = LIFECYCLE.edit().drop_step("explain").compile()
        with pytest.raises(RefusedError, match="apologise comes next"):
            shorter.replay(entries, strict=False)

    def test_a_strict_replay_judges_size_and_time(self):
        """What decide would refuse, replay refuses."""
        entries, _ = LIFECYCLE.decide(LIFECYCLE.new("c"), [FIRST], at=START, by="ana")
        ahead = evolve(entries[0], recorded_at=START - timedelta(days=1))
        with pytest.raises(InvalidEventError, match="in the future"):
            LIFECYCLE.replay([ahead])
        with pytest.raises(InvalidEventError, match="longer than 2 bytes"):
            Lifecycle(text_limit=2).replay(
                [evolve(entries[0], event=evolve(FIRST, text="soaked"))]
            )

    def test_a_history_that_the_chart_does_not_admit_is_refused(self):
        """Histories of another chart do not pass unseen."""
        shorter = LIFECYCLE.edit().drop_step("explain").compile()
        events = [FIRST, Thanked(), Apologised()]
        entries, _ = shorter.decide(shorter.new("c"), events, at=START, by="ana")
        with pytest.raises(RefusedError, match="explain comes next"):
            LIFECYCLE.replay(entries)


class TestDeciding:
    def test_deciding_leaves_the_complaint_as_it_was(self):
        """The old value is still what it was, also when a later fact is refused."""
        complaint = decided(LIFECYCLE)
        before = pickle.dumps(complaint)
        LIFECYCLE.decide(complaint, [Thanked()], at=START, by="ana")
        with pytest.raises(RefusedError):
            LIFECYCLE.decide(complaint, [Thanked(), Thanked()], at=START, by="ana")
        assert pickle.loads(before) == complaint  # noqa: S301

    def test_two_decisions_from_one_complaint_do_not_disturb_each_other(self):
        """Both branches keep their own marks."""
        complaint = decided(LIFECYCLE)
        _, one = LIFECYCLE.decide(complaint, [Thanked()], at=START, by="ana")
        _, two = LIFECYCLE.decide(complaint, [Withdrawn()], at=START, by="ana")
        assert [m.kind for m in one.marks] == ["Received", "Thanked"]
        assert [m.kind for m in two.marks] == ["Received", "Withdrawn"]

    @pytest.mark.parametrize(
        ("size", "character", "refused"),
        [
            (65_536, "x", False),
            (65_537, "x", True),
            (32_768, "é", False),
            (32_769, "é", True),
            (1_000_000, "x", True),
        ],
    )
    def test_text_is_limited_in_bytes(self, size, character, refused):
        """Sixty-four kibibytes of UTF-8 a field, not a byte more."""
        event = Thanked(text=character * size)
        complaint = decided(LIFECYCLE)
        if refused:
            with pytest.raises(InvalidEventError, match="longer than 65536 bytes"):
                LIFECYCLE.decide(complaint, [event], at=START, by="ana")
        else:
            LIFECYCLE.decide(complaint, [event], at=START, by="ana")

    def test_the_text_limit_is_an_option(self):
        """A host may be stricter."""
        strict = Lifecycle(text_limit=8)
        with pytest.raises(InvalidEventError, match="9 bytes: is longer than 8"):
            decided(strict, Thanked(text="thank you"))

    def test_a_fact_unknown_to_the_lifecycle_is_refused(self):
        """A host's own class is to be given first."""
        with pytest.raises(InvalidEventError, match="give Lifecycle its class"):
            decided(LIFECYCLE, Reviewed())

    def test_a_refusal_is_none_where_the_fact_may_follow(self):
        """Asking changes nothing."""
        complaint = decided(LIFECYCLE)
        assert LIFECYCLE.refusal(complaint, Thanked()) is None
        assert LIFECYCLE.refusal(complaint, Explained()) is not None
        assert LIFECYCLE.refusal(LIFECYCLE.new("c"), FIRST) is None

    def test_the_next_step_is_known(self):
        """It is the trigger that leads on, and none after the end."""
        assert LIFECYCLE.next_step(decided(LIFECYCLE)) == "thank"
        assert LIFECYCLE.next_step(decided(LIFECYCLE, Withdrawn())) == "prevent"
        assert LIFECYCLE.is_open(decided(LIFECYCLE))
        assert not LIFECYCLE.is_open(LIFECYCLE.new("c"))

    def test_an_id_must_be_a_reference(self):
        """An empty id is no id."""
        with pytest.raises(InvalidEventError, match="complaint_id"):
            LIFECYCLE.new("")


@fact
class Reviewed(Event):
    """The legal department has had a look."""

    trigger = "review"


FAIR_FIX = ["no_open_question", "not_by_the_accused"]


def with_review(lifecycle: Lifecycle) -> Lifecycle:
    """Derive a lifecycle in which the legal department looks before the fix."""
    return (
        lifecycle.edit()
        .add_state("legal_review")
        .connect("review", "gathered", "legal_review", event=Reviewed)
        .connect("fix", "legal_review", "fixed", when=FAIR_FIX)
        .connect("withdraw", "legal_review", "withdrawn")
        .disconnect("fix", "gathered")
        .compile()
    )


class TestEditing:
    def test_a_state_can_be_added_on_the_way(self):
        """Review comes next, and only then the fix."""
        lifecycle = with_review(LIFECYCLE)
        desk = new_desk(lifecycle=lifecycle)
        complaint = walked(desk, Step.GATHER)
        with pytest.raises(RefusedError, match="review comes next"):
            desk.record(complaint.id, STEPS[Step.FIX], by="ana")
        facts = (Reviewed(), STEPS[Step.FIX])
        assert desk.record(complaint.id, *facts, by="legal").state == "fixed"

    def test_the_original_is_untouched(self):
        """Neither its table nor its chart knows of the edit."""
        original = Lifecycle()
        before = original.table
        with_review(original.edit().drop_step("explain").compile())
        assert original.table == before == Lifecycle(original.chart).table
        assert "legal_review" not in original.table.states

    def test_a_step_can_be_dropped(self):
        """The apology follows the thanks, and a failed verification leads back there."""
        lifecycle = LIFECYCLE.edit().drop_step("explain").compile()
        complaint = decided(lifecycle, Thanked(), Apologised())
        assert complaint.state == "apologised"
        again = decided(lifecycle, Thanked(), Withdrawn(), Reopened())
        assert again.state == "thanked"
        assert "explained" not in lifecycle.table.states

    def test_a_condition_can_be_removed(self):
        """Without it an open question no longer stops the gathering."""
        lifecycle = LIFECYCLE.edit().without_condition("no_open_question").compile()
        names = {c.name for row in lifecycle.table.rows for c in row.conditions}
        assert "no_open_question" not in names

    def test_a_condition_can_be_removed_from_one_trigger_only(self):
        """The other triggers keep it."""
        edit = LIFECYCLE.edit().without_condition("no_open_question", trigger="fix")
        having = {
            row.trigger
            for row in edit.compile().table.rows
            if "no_open_question" in {c.name for c in row.conditions}
        }
        assert having == {"gather"}

    def test_a_condition_can_be_overridden(self):
        """What the host's function says in its first line is what a refusal tells."""

        def due_is_ahead(complaint, entry):
            """A promise is due within two days."""
            return entry.event.due - entry.at < timedelta(days=2)

        lifecycle = LIFECYCLE.edit().with_condition("due_is_ahead", due_is_ahead)
        desk = new_desk(lifecycle=lifecycle.compile())
        with pytest.raises(RefusedError, match="a promise is due within two days"):
            walked(desk, Step.PROMISE)

    def test_a_condition_can_be_added_to_a_trigger(self):
        """A function without a docstring tells its name."""
        edit = LIFECYCLE.edit().with_condition(
            "office_is_open", lambda complaint, entry: False, trigger="thank"
        )
        with pytest.raises(RefusedError, match="office is open"):
            decided(edit.compile(), Thanked())

    def test_a_subclass_may_override_a_condition_as_a_method(self):
        """And an edit of it keeps the override and the settings."""

        class Lenient(gift_chart(attempts=0)):
            def no_open_question(self, complaint, entry):
                return True

        for lifecycle in (
            Lifecycle(Lenient),
            Lifecycle(Lenient).edit().drop_step("explain").compile(),
        ):
            desk = new_desk(lifecycle=lifecycle)
            steps = [
                s for s in STEPS if s != Step.EXPLAIN or lifecycle.chart is Lenient
            ]
            facts = [STEPS[s] for s in steps[: steps.index(Step.VERIFY)]]
            complaint = desk.receive(FIRST, Asked(), by="form")
            desk.record(complaint.id, *facts, by="ana")
            facts = (Verified(satisfied=None),)
            assert desk.record(complaint.id, *facts, by="ana").state == "verified"

    def test_edits_can_be_edited(self):
        """A derived lifecycle derives others."""
        twice = with_review(LIFECYCLE.edit().drop_step("explain").compile())
        assert twice.table.start == "nothing"
        assert {"legal_review"} == set(twice.table.states) - set(LIFECYCLE.table.states)
        assert twice.chart.__name__ == "EditedGiftChart"

    def test_a_lifecycle_may_end_elsewhere(self):
        """A final state of the host's own ends what is open, as ours do."""

        @fact
        class Settled(Event):
            trigger = "settle"

        lifecycle = (
            LIFECYCLE.edit()
            .add_state("settled", final=True)
            .connect("settle", "gathered", "settled", event=Settled)
            .compile()
        )
        assert "settled" in lifecycle.table.final
        desk = new_desk(lifecycle=lifecycle)
        complaint = walked(desk, Step.GATHER)
        complaint = desk.record(complaint.id, Asked(), Settled(), by="ana")
        assert (complaint.promise, complaint.waiting) == (None, False)

    def test_an_unless_condition_is_told_as_such(self):
        """The refusal says when the way is closed."""
        lifecycle = (
            LIFECYCLE.edit()
            .disconnect("archive", "prevented")
            .connect("archive", "prevented", "archived", unless=["verdict_given"])
            .compile()
        )
        (row,) = [r for r in lifecycle.table.rows if r.trigger == "archive"]
        (condition,) = row.conditions
        assert not condition.expected
        assert condition.meaning.startswith("not when a referral")

    @pytest.mark.parametrize(
        ("edit", "problem"),
        [
            (lambda e: e.add_state("x").compile(), "leads to x: connect"),
            (lambda e: e.add_state("fixed"), "there is a state 'fixed' already"),
            (lambda e: e.add_state("x").add_state("x"), "state 'x' already"),
            (lambda e: e.connect("fix", "gatherd", "fixed"), "no state 'gatherd'"),
            (
                lambda e: e.connect("zap", "gathered", "fixed").compile(),
                "no event carries the trigger zap",
            ),
            (
                lambda e: e.connect("fix", "gathered", "fixed", event=Reviewed),
                "Reviewed carries 'review', not 'fix'",
            ),
            (
                lambda e: e.disconnect("fix", "thanked"),
                "'fix' does not leave 'thanked'",
            ),
            (lambda e: e.drop_step("prevent"), "referred, verified, withdrawn"),
            (lambda e: e.drop_step("zap"), "it leaves no state"),
            (lambda e: e.drop_step("receive"), "every complaint begins with it"),
            (lambda e: e.add_state("thank"), "'thank' cannot be used"),
            (lambda e: e.add_state("states"), "'states' cannot be used"),
            (lambda e: e.add_state("a b"), "'a b' cannot be used"),
            (
                lambda e: e.with_condition(
                    "attempts", lambda c, n: True, trigger="thank"
                ),
                "'attempts' cannot be used",
            ),
            (
                lambda e: e.with_condition(
                    "not_content", lambda c, n: True, trigger="fix"
                ),
                "leave trigger= out to override",
            ),
            (
                lambda e: e.drop_step("explain").connect("fix", "thanked", "explained"),
                "no state 'explained'",
            ),
            (lambda e: e.without_condition("zap"), "has the condition 'zap'"),
            (
                lambda e: e.with_condition("zap", lambda c, n: True),
                "say which trigger gets it",
            ),
            (
                lambda e: e.add_state("x").connect("fix", "x", "fixed").compile(),
                "no way leads to x: connect a state",
            ),
            (
                lambda e: (
                    e.add_state("x")
                    .connect("fix", "gathered", "x")
                    .connect("update", "x", "x", event=Ping)
                    .compile()
                ),
                "no way leads from x to a final state",
            ),
        ],
    )
    def test_an_edit_that_cannot_work_is_refused(self, edit, problem):
        """The message names the state, trigger or condition."""
        with pytest.raises(ChartError, match=problem):
            edit(LIFECYCLE.edit())


@fact
class Ping(Event):
    """A fact that leads nowhere."""

    trigger = "update"


class TestCompiling:
    def test_a_chart_of_a_host_is_compiled_like_ours(self):
        """Three states and two facts make a lifecycle."""

        class Tiny(StateChart):
            nothing = State(initial=True)
            received = State()
            thanked = State(final=True)
            receive = nothing.to(received)
            thank = received.to(thanked)

        lifecycle = Lifecycle(Tiny, events=[Received, Thanked])
        assert decided(lifecycle, Thanked()).state == "thanked"

    def test_where_nothing_leads_on_a_refusal_says_just_that(self):
        """A host's chart may have a state that only asides leave."""

        class Looping(StateChart):
            nothing = State(initial=True)
            received = State()
            withdrawn = State(final=True)
            receive = nothing.to(received)
            withdraw = received.to(withdrawn)

        lifecycle = Lifecycle(Looping, events=[Received, Thanked, Withdrawn])
        with pytest.raises(RefusedError, match="that does not follow here"):
            decided(lifecycle, Thanked())

    def test_a_condition_written_as_an_expression_is_refused(self):
        """What the table cannot hold is named with the way out."""

        class Odd(StateChart):
            nothing = State(initial=True)
            received = State(final=True)
            receive = nothing.to(received, cond="a and b")

            def a(self):
                return True

            def b(self):
                return True

        with pytest.raises(ChartError, match="no plain method"):
            Lifecycle(Odd)

    @pytest.mark.parametrize("kind", ["async", "no arguments"])
    def test_a_condition_that_cannot_be_asked_is_refused(self, kind: str):
        """It must be a plain method of (self, complaint, entry)."""

        async def asynchronous(self, complaint, entry):
            return True

        def bare(self):
            return True

        check = asynchronous if kind == "async" else bare
        chart = type("Odd", (gift_chart(),), {"due_is_ahead": check})
        with pytest.raises(ChartError, match="no plain method"):
            Lifecycle(chart)

    def test_a_validator_that_would_not_run_is_refused(self):
        """The engine would run it, the table would not."""

        class Odd(StateChart):
            nothing = State(initial=True)
            received = State(final=True)
            receive = nothing.to(received, validators="check")

            def check(self):
                pass

        with pytest.raises(ChartError, match="write it as a condition"):
            Lifecycle(Odd)

    def test_a_trigger_of_ours_is_carried_by_our_fact(self):
        """Another fact would move the chart and leave the complaint as it was."""

        @fact
        class Vowed(Event):
            trigger = "promise"

        with pytest.raises(ChartError, match="belongs to Promised"):
            Lifecycle(events=[*EVENTS, Vowed])

    def test_states_within_states_are_refused(self):
        """The table is flat."""

        class Odd(StateChart):
            class nothing(State.Compound):  # noqa: N801
                inner = State(initial=True)

            received = State(final=True)
            receive = nothing.to(received)

        with pytest.raises(ChartError, match="draw a flat chart"):
            Lifecycle(Odd)

    def test_a_transition_without_a_trigger_is_refused(self):
        """Nothing moves by itself here."""

        class Odd(StateChart):
            nothing = State(initial=True)
            received = State(final=True)
            receive = nothing.to(received)
            nothing.to(received)

        with pytest.raises(ChartError, match="has no trigger"):
            Lifecycle(Odd)

    def test_an_unknown_condition_is_refused_by_the_engine(self):
        """The engine's own error tells which name it did not find."""
        edit = LIFECYCLE.edit().connect("thank", "prevented", "fixed", when=["zap"])
        with pytest.raises(InvalidDefinition, match="zap"):
            edit.compile()

    def test_gift_charts_share_no_state(self):
        """Each call makes states of its own."""
        one, two = gift_chart(), gift_chart()
        assert one.received is not two.received
        assert Lifecycle(one).table == Lifecycle(two).table


class TestMarks:
    def test_marks_are_a_sequence(self):
        """They index, slice, compare, hash and iterate both ways."""
        desk = new_desk()
        marks = walked(desk, Step.APOLOGISE).marks
        assert [m.kind for m in marks][:2] == ["Received", "Thanked"]
        assert marks[-1] is next(reversed(marks))
        assert [m.kind for m in marks[1:3]] == ["Thanked", "Explained"]
        assert marks == Marks(list(marks))
        assert hash(marks) == hash(Marks(marks))
        assert marks != list(marks)
        assert {m.at for m in marks} == {MONDAY}
        assert repr(Marks(marks[:1])) == "Marks(['Received'])"

    def test_a_history_of_a_hundred_thousand_facts_is_no_trouble(self):
        """Nothing recurses over the length of a history, and nothing is copied."""
        events = [FIRST, *[Updated()] * 100_000]
        _, complaint = LIFECYCLE.decide(LIFECYCLE.new("c"), events, at=START, by="ana")
        assert complaint.version == 100_001
        assert pickle.loads(pickle.dumps(complaint)) == complaint  # noqa: S301


def test_every_fact_of_the_library_is_known_by_default():
    """A lifecycle without arguments knows them all."""
    assert LIFECYCLE.events == EVENTS


def test_a_lifecycle_shows_itself():
    """As Mermaid, DOT and SVG, and as a picture in a notebook."""
    assert "stateDiagram" in LIFECYCLE.mermaid()
    assert LIFECYCLE.dot().startswith("digraph")
    assert LIFECYCLE.svg().startswith("<svg")
    assert LIFECYCLE._repr_svg_() == LIFECYCLE.svg()
