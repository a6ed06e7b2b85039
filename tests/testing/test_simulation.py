"""The simulation: quiet where all is well, loud wherever something is broken."""

from collections import Counter
from datetime import timedelta

import pytest
from attrs import evolve
from reliability.trials import show, trials
from testing import twins
from walks import HOUR, MONDAY, STEPS, new_desk, received

from complaint_lifecycle import Desk, Lifecycle, SqlJournal, fact, gift_chart
from complaint_lifecycle.compensation import refund
from complaint_lifecycle.complaint import changes, rules
from complaint_lifecycle.desk import spending
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import EVENTS, Archived, Event, Withdrawn
from complaint_lifecycle.events.fields import Ref
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.durations import open_hours
from complaint_lifecycle.testing import (
    Faults,
    Law,
    SimulationError,
    check_simulation,
    simulate,
)

FEW = 20
"""A broken twin is caught by one of so many seeds."""


def caught(**settings) -> Law:
    """Simulate seed after seed until one breaks a law; return which."""
    for seed in range(FEW):
        outcome = simulate(seed, **settings)
        if outcome.broken is not None:
            return outcome.broken.law
    pytest.fail(f"not caught by {FEW} seeds")


def test_no_seed_breaks_a_law_and_everything_happens():
    """Whatever goes wrong, every law holds; and a lot does go wrong."""
    seeds = trials(2000, few=20)
    happened = check_simulation(range(seeds))
    show(
        "simulated",
        seeds=seeds,
        **{k.replace(" ", "_"): n for k, n in happened.items()},
    )
    usual = {
        f"{call} {outcome}"
        for call in ("record", "tick")
        for outcome in ("done", "crashed", "store failed", "listener failed")
    }
    usual |= {
        "record refused", "receive done", "merge done", "merge refused",
        "propose done", "propose refused", "propose policy failed", "read done",
        "read crashed", "reschedule done", "recount done", "overtaken",
    }  # fmt: skip
    assert {name for name in usual if not happened[name]} == set()


def test_no_law_is_broken_by_two_thousand_seeds():
    """In short simulations; long ones are tried with the others."""
    happened = check_simulation(range(2000), steps=30)
    assert min(happened[f"{call} done"] for call in ("record", "merge", "tick")) > 100


def test_the_laws_hold_in_a_database_too():
    """Hosts share a journal in SQLite just as well."""
    journals = []

    def journal() -> SqlJournal:
        journals.append(SqlJournal(":memory:"))
        return journals[-1]

    try:
        check_simulation(range(trials(200, few=4)), journal=journal)
    finally:
        for made in journals:
            made.close()


def test_the_same_seed_goes_the_same_way():
    """Two runs of a seed agree in all that happened, and another seed goes otherwise."""
    one, again, other = (simulate(s, desk=twins.Stumbles) for s in (3, 3, 4))
    assert one.timeline == again.timeline
    assert one.timeline
    assert one.counts == again.counts
    assert other.timeline != one.timeline


@pytest.mark.parametrize(
    ("twin", "law"),
    [
        (twins.LosesTheSecond, Law.HISTORY),
        (twins.Unversioned, Law.HISTORY),
        (twins.TakesKeysTwice, Law.ANSWERS),
        (twins.LosesReceipts, Law.ANSWERS),
        (twins.ShowsLate, Law.READERS),
        (twins.KeepsOldDue, Law.DUE),
    ],
)
def test_a_broken_journal_is_caught(twin: type, law: Law):
    """One that loses, overwrites, forgets or shows too late breaks a law."""
    assert caught(journal=twin) is law


@pytest.mark.parametrize(
    ("twin", "law"),
    [
        (twins.FiresTwice, Law.TIMERS),
        (twins.NeverTicks, Law.OVERDUE),
        (twins.MiscountsTicks, Law.ANSWERS),
        (twins.Miscounts, Law.BUDGETS),
        (twins.NotesRefusals, Law.REFUSALS),
        (twins.RefusesUpdates, Law.REFUSALS),
        (twins.AnswersOld, Law.ANSWERS),
        (twins.Stumbles, Law.ERRORS),
        (twins.NeverArchives, Law.END),
        (twins.TellsBefore, Law.HISTORY),
    ],
)
def test_a_broken_desk_is_caught(twin: type, law: Law):
    """One that fires twice or never, lies, stumbles or never ends breaks a law."""
    assert caught(desk=twin) is law


@pytest.mark.parametrize("twin", [twins.CursorFirst, twins.ReadsTwice])
def test_a_broken_reader_is_caught(twin: type):
    """One that skips what it did not handle, or repeats what it did, breaks a law."""
    assert caught(reader=twin) is Law.READERS


def test_a_desk_that_looks_at_no_budget_is_caught(monkeypatch: pytest.MonkeyPatch):
    """A greedy policy draws more than there is, if nothing holds it back."""
    monkeypatch.setattr(spending, "_refuse_too_much", lambda *_: None)
    assert caught() is Law.BUDGETS


def test_a_budget_that_forgets_is_caught(monkeypatch: pytest.MonkeyPatch):
    """What offers draw and what the budget holds must agree."""
    monkeypatch.setattr(spending, "_negative", lambda amount: amount * 0)
    assert caught() is Law.BUDGETS


def test_a_miss_is_cleared_though_the_same_call_ends_the_complaint():
    """What was fixed in time and archived in one breath was not missed."""
    sla = Sla(calendar=Calendar.always(), targets=[Target("fix", within=open_hours(1))])
    desk = new_desk(sla=sla)
    complaint = received(desk)
    desk.clock.advance(2 * HOUR)
    desk.tick()
    desk.record(complaint.id, *STEPS.values(), Archived(), by="ana", at=MONDAY)
    assert [e.kind for e in desk.history(complaint.id) if e.by_desk] == [
        "TimerMissed",
        "TimerCleared",
    ]


@pytest.mark.parametrize("rule", ["_judged", "_accepted"])
def test_offers_without_their_approval_are_caught(
    rule: str, monkeypatch: pytest.MonkeyPatch
):
    """Neither may the one who offered approve, nor is approval to be skipped."""
    monkeypatch.setattr(rules, rule, lambda *_: None)
    assert caught() is Law.OFFERS


def test_a_promise_that_is_not_counted_as_broken_is_caught(
    monkeypatch: pytest.MonkeyPatch,
):
    """The simulation counts kept and broken promises itself."""
    monkeypatch.setattr(changes, "_broken", lambda *_: {})
    assert caught() is Law.PROMISES


def test_a_desk_with_another_chart_is_caught():
    """What the chart does not admit is seen, though the desk recorded it."""
    edit = Lifecycle().edit()
    for state in ("received", "thanked", "explained", "apologised"):
        edit = edit.connect("fix", state, "fixed")
    short = edit.compile()

    def office(**settings) -> Desk:
        return Desk(**{**settings, "lifecycle": short})

    assert caught(desk=office, faults=Faults(wrong=0.5)) is Law.STEPS


def test_a_table_that_is_not_the_chart_is_caught():
    """The arrows are read from the chart itself, not from what it is compiled into."""
    lifecycle = Lifecycle()
    thank = lifecycle._rows["received", "thank"]
    lifecycle._rows["received", "thank"] = (evolve(thank[0], target="explained"),)
    assert caught(lifecycle=lifecycle) is Law.STEPS


def test_a_chart_that_leads_nowhere_is_caught():
    """Where nobody is ever content, nothing comes to an end."""

    class Discontent(gift_chart()):
        def content_or_unreachable(self, complaint, entry) -> bool:
            """Nobody is content."""
            return False

    assert caught(lifecycle=Lifecycle(Discontent)) is Law.END


@fact
class LegalReviewed(Event):
    """The lawyers looked at it."""

    trigger = "legal_review"

    opinion: Ref


@fact
class Praised(Event):
    """The customer praised us: a fact beside the steps, without fields."""


def own_lifecycle() -> Lifecycle:
    """Make a chart with a step of the host between gathering and fixing."""
    return (
        Lifecycle(events=[*EVENTS, Praised])
        .edit()
        .add_state("reviewed")
        .disconnect("fix", "gathered")
        .connect("legal_review", "gathered", "reviewed", event=LegalReviewed)
        .connect("fix", "reviewed", "fixed", when=["no_open_question"])
        .compile()
    )


def test_a_chart_and_facts_of_the_host_are_simulated():
    """A step of its own is taken, and a fact of its own without fields made up."""
    kinds: Counter[str] = Counter()

    def office(**settings) -> Desk:
        def heard(recorded) -> None:
            kinds.update(entry.kind for entry in recorded.entries)

        return Desk(**{**settings, "listeners": [*settings["listeners"], heard]})

    review = {LegalReviewed: lambda moment: LegalReviewed(opinion="settle")}
    check_simulation(range(8), lifecycle=own_lifecycle(), events=review, desk=office)
    assert kinds["LegalReviewed"]
    assert kinds["Praised"]


def test_a_fact_of_the_host_with_fields_has_to_be_made_up():
    """What it takes is asked for before anything is simulated."""
    with pytest.raises(InvalidEventError, match="LegalReviewed: needs fields: say how"):
        simulate(1, lifecycle=own_lifecycle())


def test_the_host_may_make_up_facts_of_the_library_otherwise():
    """Its own maker comes in place of ours."""
    made = []

    def withdrawn(moment) -> Withdrawn:
        made.append(moment.complaint.id)
        return Withdrawn(reason="I found it.")

    check_simulation(range(3), events={Withdrawn: withdrawn})
    assert made


def test_a_host_may_have_no_sla_and_no_policy():
    """Then there is less to check, and it is checked."""
    happened = check_simulation(range(3), sla=None, compensation=None)
    assert happened["record done"]


def test_a_policy_need_not_draw_on_budgets():
    """A policy without budgets is asked like any other."""
    happened = check_simulation(range(3), compensation=refund("10%"))
    assert happened["propose done"]
    assert check_simulation(range(2), compensation=lambda situation: None)


def test_without_faults_nothing_fails():
    """One host alone in a quiet world refuses now and then, and that is all."""
    happened = check_simulation(range(3), hosts=1, faults=Faults.none())
    outcomes = {name.partition(" ")[2] for name in happened}
    assert outcomes <= {"done", "refused", ""}
    assert not happened["overtaken"]


def test_a_failure_tells_its_seed_and_a_short_story():
    """What is left is small: fewer steps, hosts and faults than it was found with."""
    with pytest.raises(SimulationError) as failure:
        check_simulation(range(7, 20), desk=twins.FiresTwice)
    text = str(failure.value)
    assert text.startswith("seed 7: a threshold fires once")
    assert "\nagain with simulate(7, hosts=1, " in text
    assert "faults=Faults.none()" in text
    assert len(text.splitlines()) < 35
    assert failure.value.seed == 7


def test_a_failure_keeps_the_faults_that_it_needs():
    """A reader that loses entries when its host dies needs the crash."""
    with pytest.raises(SimulationError, match=r"faults=Faults\.none\(crash=0\.\d+"):
        check_simulation(range(FEW), reader=twins.CursorFirst)


def test_a_failure_on_no_one_complaint_tells_all_that_came_before():
    """An error that should not come out is told by its last lines."""
    with pytest.raises(SimulationError, match="tick on host-1 raised ZeroDivisionErr"):
        check_simulation(range(1), desk=twins.Stumbles)


def test_an_outcome_tells_that_all_is_well():
    """It names the seed, and keeps no story."""
    outcome = simulate(5, steps=20, faults=Faults.none())
    assert str(outcome) == (
        "no law was broken in 20 steps: "
        "simulate(5, hosts=3, steps=20, faults=Faults.none())"
    )
    assert outcome.timeline == ()


def test_faults_are_shares_and_spans():
    """Anything else is refused, and says what is expected."""
    with pytest.raises(InvalidEventError, match=r"Faults.crash = 2: must be a share"):
        Faults(crash=2)
    with pytest.raises(
        InvalidEventError, match=r"Faults.delay = .*: must be a timedel"
    ):
        Faults(delay=timedelta(hours=-1))
    assert Faults().without("crash").crash == 0
    assert repr(Faults.none(lost=0.5)) == "Faults.none(lost=0.5)"


def test_a_world_in_which_every_call_fails_is_told_as_such():
    """Nothing is ever recorded, and nothing is broken."""
    faults = Faults(crash=0.5, failure=0.5)
    assert simulate(1, faults=faults).broken is None
