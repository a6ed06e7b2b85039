"""Firing what is due, by any number of workers, on every journal that we ship."""

import warnings
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta

import pytest
from stores import Place, at_once
from walks import HOUR, MONDAY, new_desk, received

from complaint_lifecycle import Desk, JumpClock, Lifecycle, SqlJournal, Thanked
from complaint_lifecycle.desk import ClockStepWarning, SetAsideWarning, tick_in_turn
from complaint_lifecycle.errors import ContentionError, JournalError
from complaint_lifecycle.events import Escalated, Updated
from complaint_lifecycle.journal import Batch
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.durations import elapsed_hours

ALWAYS = Calendar.always("UTC")
QUICK = Sla(
    calendar=ALWAYS,
    targets=[Target("thanks", until="thank", within=elapsed_hours(1), warn=[0.5])],
)


def fired(desk: Desk, *names: str) -> Counter[str]:
    """Count what the desk itself recorded on some complaints."""
    return Counter(
        entry.kind for name in names for entry in desk.history(name) if entry.by_desk
    )


class TestSettingAside:
    def test_a_page_with_a_poisoned_complaint_fires_all_the_others(self, journal):
        """The failed one waits, twice as long each time, and then it is fired."""
        broken = {"c-2"}

        def choose(complaint):
            if complaint.id in broken and complaint.version and not well:
                raise KeyError(complaint.id)
            return QUICK

        well = [True]
        desk = new_desk(journal, sla=choose)
        names = [received(desk).id for _ in range(5)]
        well.clear()
        desk.clock.advance(2 * HOUR)
        waits = []
        for _ in range(3):
            with pytest.warns(SetAsideWarning, match="'c-2' is set aside.*KeyError"):
                desk.tick()
            (aside,) = desk.health().aside
            assert aside.error == "KeyError: 'c-2'"
            waits.append(aside.until - desk.clock.now)
            assert desk.tick() == 0
            desk.clock.jump_to(aside.until)
        assert waits == [timedelta(minutes=m) for m in (1, 2, 4)]
        assert fired(desk, *names)["TimerMissed"] == 4
        well.append(True)
        assert desk.tick() > 0
        assert fired(desk, *names)["TimerMissed"] == 5
        assert desk.health().aside == ()

    def test_poison_never_fills_the_limit(self, journal):
        """However many fail before, the next tick reaches what is behind them."""
        bad = {f"c-{n}" for n in range(1, 21)}

        def choose(complaint):
            if complaint.id in bad and not well:
                raise KeyError(complaint.id)
            return QUICK

        well = [True]
        desk = new_desk(journal, sla=choose)
        names = [received(desk).id for _ in range(20)]
        desk.clock.advance(HOUR / 4)
        names.append(received(desk).id)
        well.clear()
        desk.clock.advance(2 * HOUR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SetAsideWarning)
            assert [desk.tick(limit=10) for _ in range(5)][-1] == 0
        assert fired(desk, *names) == {"TimerWarned": 1, "TimerMissed": 1}
        assert len(desk.health().aside) == 20

    def test_a_new_fact_gives_another_try_at_once(self, journal):
        """What was set aside is ready again."""

        def choose(complaint):
            if complaint.version == 1 and not well:
                raise KeyError(complaint.id)
            return QUICK

        well = [True]
        desk = new_desk(journal, sla=choose)
        name = received(desk).id
        well.clear()
        desk.clock.advance(2 * HOUR)
        with pytest.warns(SetAsideWarning):
            desk.tick()
        desk.record(name, Updated(), by="ana")
        assert desk.health().aside == ()
        assert desk.tick() > 0
        assert journal.aside("nobody") == ()

    def test_a_warning_that_is_an_error_loses_nothing(self, journal):
        """It is raised when all is committed."""

        def choose(complaint):
            if complaint.id == "c-1" and not well:
                raise KeyError(complaint.id)
            return QUICK

        well = [True]
        desk = new_desk(journal, sla=choose)
        names = [received(desk).id for _ in range(2)]
        well.clear()
        desk.clock.advance(2 * HOUR)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(SetAsideWarning):
                desk.tick()
        assert fired(desk, *names)["TimerMissed"] == 1
        assert len(journal.aside()) == 1


class TestEscalation:
    def test_levels_that_are_all_overdue_reach_the_highest_only(self, journal):
        """The misses of the others stand, and nobody is called for nothing."""
        levels = [
            Target(
                f"level {line}",
                until="thank",
                within=elapsed_hours(line),
                on_miss=Escalated(line=line, owner=f"line-{line}"),
            )
            for line in (2, 4, 3)
        ]
        desk = new_desk(journal, sla=Sla(calendar=ALWAYS, targets=levels))
        name = received(desk).id
        desk.clock.advance(9 * HOUR)
        assert desk.tick() == 4
        assert fired(desk, name) == {"TimerMissed": 3, "Escalated": 1}
        assert desk.complaint(name).owner == "line-4"

    def test_nothing_goes_down_a_line_by_a_timer(self, journal):
        """A complaint that is further up stays there."""
        low = Target(
            "slow", until="thank", within=elapsed_hours(2), on_miss=Escalated(owner="b")
        )
        desk = new_desk(journal, sla=Sla(calendar=ALWAYS, targets=[low]))
        name = received(desk).id
        desk.record(name, Escalated(line=3, owner="chief"), by="ana")
        desk.clock.advance(9 * HOUR)
        assert desk.tick() == 1
        assert desk.complaint(name).owner == "chief"


class TestClockSteps:
    def test_a_clock_that_leaps_misses_nothing(self, journal):
        """What it claims is held, until it is set right or said to be right."""
        passed = [0.0]
        desk = new_desk(journal, sla=QUICK, max_clock_step=timedelta(minutes=10))
        desk._watch.passing = lambda: passed[0]
        name = received(desk).id
        assert desk.tick() == 0
        desk.clock.advance(5 * HOUR)
        for _ in range(2):
            with pytest.warns(ClockStepWarning, match="set right.*accept_clock=True"):
                assert desk.tick() == 0
        passed[0] = 5 * 3600 - 60.0
        assert desk.tick() == 2
        assert fired(desk, name)["TimerMissed"] == 1
        name = received(desk).id
        desk.clock.advance(5 * HOUR)
        assert desk.tick(accept_clock=True) > 0
        assert fired(desk, name)["TimerMissed"] == 1

    def test_time_that_really_passed_is_never_held(self, journal):
        """A worker that stood still for days fires everything."""
        passed = [0.0]
        desk = new_desk(journal, sla=QUICK, max_clock_step=timedelta(minutes=10))
        desk._watch.passing = lambda: passed[0]
        desk.tick()
        received(desk)
        desk.clock.advance(50 * HOUR)
        passed[0] = 50 * 3600.0
        assert desk.tick() > 0


class TestHealth:
    def test_a_health_check_knows_what_is_overdue_and_who_looked(self, journal):
        """The last tick to the minute, whoever ticked."""
        desk = new_desk(journal, sla=QUICK)
        health = desk.health()
        assert (health.last_tick, health.oldest_overdue, health.tail_lag) == (
            None,
            None,
            0,
        )
        received(desk)
        desk.tick()
        assert desk.health().last_tick == MONDAY
        desk.clock.advance(timedelta(seconds=59))
        desk.tick()
        assert desk.health().last_tick == MONDAY
        desk.clock.advance(HOUR)
        assert desk.health().oldest_overdue == MONDAY + HOUR / 2
        desk.tick()
        health = desk.health()
        assert (health.last_tick, health.oldest_overdue) == (desk.clock.now, None)


class TestTenants:
    def test_one_with_much_to_do_keeps_no_other_waiting(self, place: Place):
        """Each has its turn before anybody has a second one."""
        with ExitStack() as stack:
            desks = [
                new_desk(stack.enter_context(place.open(tenant=name)), sla=QUICK)
                for name in ("busy", "quiet")
            ]
            for desk, many in zip(desks, (30, 2), strict=True):
                for _ in range(many):
                    received(desk)
                desk.clock.advance(2 * HOUR)
            assert tick_in_turn(desks, limit=20, share=10) == 20 + 4
            assert desks[1].health().oldest_overdue is None
            assert desks[0].health().oldest_overdue is not None
            assert tick_in_turn(desks, limit=1000, share=10) == 40
            assert tick_in_turn(desks) == 0


class TestClaims:
    @staticmethod
    def broken_page(journal: SqlJournal, now, names: set[str]) -> None:
        """Claim what is due, append to it, and fail."""
        with journal.claim(now, limit=9) as rows:
            assert {row.complaint_id for row in rows} == names
            journal.append([journal_batch("c-1", 1, journal)])
            assert journal.entries("c-1")[-1].kind == "Updated"
            raise ZeroDivisionError

    def test_a_page_that_is_not_committed_leaves_nothing(self, place: Place):
        """The next worker finds all of it."""
        with place.open() as journal:
            desk = new_desk(journal, sla=QUICK)
            names = [received(desk).id for _ in range(3)]
            later = desk.clock.advance(2 * HOUR)
            with pytest.raises(ZeroDivisionError):
                self.broken_page(journal, later, set(names))
            assert [e.kind for e in journal.entries("c-1")] == ["Received"]
            assert desk.tick() == 6

    def test_an_append_that_fails_in_a_claim_undoes_itself_alone(self, place: Place):
        """What was appended before stays."""
        with place.open() as journal:
            desk = new_desk(journal, sla=QUICK)
            first, second = received(desk), received(desk)
            later = desk.clock.advance(2 * HOUR)
            with journal.claim(later, limit=9):
                desk.record(first.id, Thanked(), by="ana")
                batches = [
                    journal_batch(second.id, 1, journal),
                    journal_batch(first.id, 1, journal),
                ]
                with pytest.raises(Exception, match=r"expected version 1|at version"):
                    journal.append(batches)
            assert len(journal.entries(first.id)) > 1
            assert len(journal.entries(second.id)) == 1

    def test_an_append_within_an_append_is_refused_in_a_claim_too(self, place: Place):
        """Its source may not append itself."""
        with place.open() as journal:
            desk = new_desk(journal, sla=QUICK)
            first, second = received(desk), received(desk)
            later = desk.clock.advance(2 * HOUR)

            def meddling():
                journal.append([journal_batch(second.id, 1, journal)])
                yield journal_batch(first.id, 1, journal)

            with journal.claim(later, limit=9):
                with pytest.raises(JournalError, match="append within an append"):
                    journal.append(meddling())
                assert len(journal.entries(first.id)) == 1

    def test_workers_pass_over_what_another_one_holds(self, postgres: Place):
        """Two claims at a time have no complaint in common, and neither waits."""
        with postgres.open() as journal:
            desk = new_desk(journal, sla=QUICK)
            names = {received(desk).id for _ in range(6)}
            later = desk.clock.advance(2 * HOUR)
            found: list[set[str]] = []
            with journal.claim(later, limit=6) as rows:
                mine = {row.complaint_id for row in rows}

                def other() -> None:
                    with journal.claim(later, limit=100) as rows:
                        found.append({row.complaint_id for row in rows})

                at_once([other])
            assert mine.isdisjoint(found[0])
            assert mine
            assert mine | found[0] <= names

    def test_workers_at_once_fire_each_threshold_once(self, place: Place):
        """Whatever they meet."""
        with place.open() as journal:
            desk = new_desk(journal, sla=QUICK)
            names = [received(desk).id for _ in range(150)]
            now = desk.clock.advance(2 * HOUR)
            counts: list[int] = []

            def work() -> None:
                own = Desk(journal=journal, sla=QUICK, clock=JumpClock(now))
                while done := own.tick(limit=50):
                    counts.append(done)

            at_once([work] * 4)
            desk.tick()
            assert fired(desk, *names) == {"TimerWarned": 150, "TimerMissed": 150}
            assert sum(counts) <= 300

    def test_a_transaction_that_is_broken_off_is_begun_again(
        self, postgres: Place, monkeypatch
    ):
        """And if that never ends, it is told."""
        with postgres.open() as journal:
            desk = new_desk(journal, sla=QUICK, attempts=3)
            received(desk)
            desk.clock.advance(2 * HOUR)
            claim, left = SqlJournal.claim, [2]

            def broken(self: SqlJournal, now, *, limit):
                if left[0]:
                    left[0] -= 1
                    raise ContentionError("deadlock detected")
                return claim(self, now, limit=limit)

            monkeypatch.setattr(SqlJournal, "claim", broken)
            assert desk.tick() == 2
            left[0] = 9
            with pytest.raises(ContentionError, match="deadlock"):
                desk.tick()

    def test_a_journal_that_fails_is_nobody_s_poison(self, place: Place, monkeypatch):
        """Nothing is set aside for it."""
        with place.open() as journal:
            desk = new_desk(journal, sla=QUICK)
            received(desk)
            desk.clock.advance(2 * HOUR)

            def fails(*_: object, **__: object) -> None:
                raise JournalError("disk full")

            with monkeypatch.context() as patch:
                patch.setattr(SqlJournal, "append", fails)
                with pytest.raises(JournalError, match="disk full"):
                    desk.tick()
            assert journal.aside() == ()
            assert desk.tick() == 2


def journal_batch(name: str, expected: int, journal: SqlJournal):
    """Make a batch that expects a version."""
    lifecycle = Lifecycle()
    before = lifecycle.replay(journal.entries(name, up_to=expected))
    entries, _ = lifecycle.decide(before, [Updated()], at=MONDAY, by="ana")
    return Batch(name, expected, entries)
