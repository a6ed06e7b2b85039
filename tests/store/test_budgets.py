"""Budgets: what offers draw together is never more than there is."""

import decimal
import multiprocessing
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from walks import DUE, HOUR, MONDAY, new_desk, received

from complaint_lifecycle import (
    ComplaintError,
    Desk,
    JumpClock,
    MemoryJournal,
    Received,
    RefusedError,
    SqlJournal,
    money,
)
from complaint_lifecycle.errors import (
    BudgetConflictError,
    ConflictError,
    CurrencyError,
    InvalidEventError,
)
from complaint_lifecycle.events import (
    Accepted,
    Declined,
    Delivered,
    OfferApproved,
    Offered,
    OfferRejected,
    Thanked,
    Withdrawn,
)
from complaint_lifecycle.journal import BudgetChange, BudgetRow
from complaint_lifecycle.offers import Draw, Offer, Remedy
from complaint_lifecycle.transfer import export_entries, import_entries

LIMIT = 100


@pytest.fixture
def desk(journal):
    """Give a desk on an empty journal of each kind."""
    return new_desk(journal)


def drawing(
    amount: int,
    *names: str,
    limit: int = LIMIT,
    currency: str = "EUR",
    ref: str | None = None,
    **fields: object,
) -> Offered:
    """Make the fact of an offer that draws on budgets, on goodwill by default."""
    remedies = [Remedy(kind="refund", value=money(amount, currency))]
    draws = [Draw(name, money(limit, currency)) for name in names or ("goodwill",)]
    return Offered(offer=Offer(remedies=remedies, draws=draws, **fields), ref=ref)


def spent(desk: Desk, name: str = "goodwill"):
    """Return what the row of a budget says."""
    row = desk.journal.budget(name)
    return None if row.spent is None else row.spent.amount


def recomputed(desk: Desk, name: str = "goodwill"):
    """Add up what the offers of all complaints draw on a budget."""
    return sum(
        standing.offer.total.amount
        for complaint in desk.complaints()
        for standing in complaint.offers
        if standing.status in {"offered", "approved", "accepted", "delivered"}
        and any(draw.budget == name for draw in standing.offer.draws)
    )


class TestRows:
    def test_a_budget_that_nobody_drew_on_is_at_version_0(self, journal):
        """And unknown amounts are none."""
        assert journal.budget("goodwill") == BudgetRow("goodwill", 0, None)
        assert journal.budgets() == ()

    def test_rows_are_kept_with_their_versions(self, journal):
        """Each change is one version on, in any currency, to the last unit."""
        for version, amount in enumerate(["0", "10.50", "999999999999999.99"]):
            change = BudgetChange("goodwill", version, money(amount, "EUR"))
            journal.append((), budgets=[change])
            row = BudgetRow("goodwill", version + 1, money(amount, "EUR"))
            assert journal.budget("goodwill") == row
        others = {"yen": ("7", "JPY"), "dinar": ("0.001", "KWD")}
        for name, (amount, code) in others.items():
            change = BudgetChange(name, 0, money(amount, code))
            journal.append((), budgets=[change])
            assert journal.budget(name).spent == money(amount, code)
        assert [row.name for row in journal.budgets()] == ["dinar", "goodwill", "yen"]

    def test_another_version_is_a_conflict_and_leaves_nothing(self, journal):
        """Neither entries, nor due rows, nor other budgets."""
        desk = new_desk(MemoryJournal())
        complaint = received(desk)
        desk.record(complaint.id, drawing(10, "a", "b", expires=DUE), by="ana")
        journal.append((), budgets=[BudgetChange("b", 0, money(1, "EUR"))])
        with pytest.raises(BudgetConflictError, match="'b' is at version 1, not 0"):
            import_entries(
                export_entries(desk.journal), _Beside(journal, complaint, desk)
            )
        assert journal.complaints() == ()
        assert journal.due(DUE, limit=9) == ()
        assert journal.budget("a").version == 0
        assert journal.budget("b").spent == money(1, "EUR")

    def test_nothing_negative_is_stored(self):
        """A budget gives, it is never given to."""
        for value in (money(-1, "EUR"), None):
            with pytest.raises(InvalidEventError, match="not negative"):
                BudgetChange("goodwill", 0, value)

    def test_decimal_settings_of_the_host_round_nothing(self):
        """Amounts are stored as whole numbers."""
        with SqlJournal(":memory:") as journal, decimal.localcontext() as context:
            context.prec = 2
            desk = new_desk(journal)
            complaint = received(desk)
            desk.record(complaint.id, drawing(12345, limit=99999), by="ana")
            assert desk.journal.budget("goodwill").spent == money(12345, "EUR")
            desk.record(complaint.id, Declined(), by="ana")
            assert desk.journal.budget("goodwill").spent == money(0, "EUR")
            stored = journal._connection.all("SELECT * FROM complaint_budget")
            assert stored == [("", "goodwill", 2, 0, "EUR")]


class _Beside:
    """Appends what is imported together with due rows and budgets."""

    def __init__(self, journal, complaint, desk) -> None:
        self.journal, self.complaint, self.desk = journal, complaint, desk
        self.entries = journal.entries

    def append(self, batches) -> None:
        """Append all in one transaction."""
        ten = money(10, "EUR")
        self.journal.append(
            batches,
            due={self.complaint.id: self.desk.journal.due(DUE, limit=9)},
            budgets=[BudgetChange("a", 0, ten), BudgetChange("b", 0, ten)],
        )


class TestDrawing:
    @pytest.mark.parametrize(
        ("facts", "left"),
        [
            ((), 30),
            ((OfferApproved(),), 30),
            ((Accepted(),), 30),
            ((Accepted(), Delivered()), 30),
            ((Declined(),), 0),
            ((OfferRejected(),), 0),
            ((Withdrawn(),), 0),
            ((drawing(20),), 20),
            ((drawing(20, "other"),), 0),
        ],
    )
    def test_an_offer_draws_as_long_as_it_stands(self, desk, facts, left: int):
        """What is declined, rejected, superseded or lapsed is given back."""
        complaint = received(desk)
        desk.record(complaint.id, drawing(30), by="ana")
        assert spent(desk) == 30
        if facts:
            desk.record(complaint.id, *facts, by="bob")
        assert spent(desk) == left == recomputed(desk)

    def test_what_expired_is_given_back_and_drawn_again_if_it_was_accepted(self, desk):
        """In time, and told afterwards: then it is owed, whatever is left."""
        one, two = received(desk), received(desk)
        desk.record(one.id, drawing(60, expires=MONDAY + HOUR), by="ana")
        desk.clock.advance(2 * HOUR)
        assert desk.tick() == 1
        assert spent(desk) == 0
        desk.record(two.id, drawing(70), by="ana")
        desk.record(one.id, Accepted(), by="ana", at=MONDAY + HOUR)
        assert spent(desk) == 130 == recomputed(desk)
        three = received(desk)
        with pytest.raises(RefusedError, match=r"has 0\.00 EUR left"):
            desk.record(three.id, drawing(1), by="ana")

    def test_an_offer_that_draws_more_than_is_left_is_refused(self, desk):
        """The refusal names the budget, what is left, what is drawn and the way out."""
        one, two = received(desk), received(desk)
        desk.record(one.id, drawing(80), by="ana")
        with pytest.raises(RefusedError) as caught:
            desk.record(two.id, Thanked(), drawing(21), by="ana")
        assert str(caught.value) == (
            "cannot record Offered while 'received': budget 'goodwill' has 20.00 EUR "
            "left of 100.00, and the offer draws 21.00: offer less, or draw on another "
            "budget (allowed: thank, withdraw, merge)"
        )
        assert len(desk.history(two.id)) == 1
        assert desk.record(two.id, drawing(20), by="ana").open_offer
        assert spent(desk) == 100

    def test_a_next_offer_may_draw_what_the_open_one_gives_back(self, desk):
        """Eighty again, or a hundred, but not more."""
        complaint = received(desk)
        desk.record(complaint.id, drawing(80), by="ana")
        desk.record(complaint.id, drawing(80), by="ana")
        desk.record(complaint.id, drawing(100), by="ana")
        with pytest.raises(RefusedError, match=r"has 100\.00 EUR left"):
            desk.record(complaint.id, drawing(101), by="ana")
        assert spent(desk) == 100

    def test_a_lower_limit_binds_the_next_offer_only(self, desk):
        """What stands, stands."""
        one, two = received(desk), received(desk)
        desk.record(one.id, drawing(80), by="ana")
        with pytest.raises(RefusedError, match=r"has 0\.00 EUR left of 50\.00"):
            desk.record(two.id, drawing(1, limit=50), by="ana")
        desk.record(one.id, Accepted(), Delivered(), by="ana")
        assert spent(desk) == 80

    def test_two_offers_of_one_call_are_added_up(self, desk):
        """The first was accepted in the same breath."""
        complaint = received(desk)
        facts = (drawing(60), Accepted(), drawing(41))
        with pytest.raises(RefusedError, match=r"has 40\.00 EUR left"):
            desk.record(complaint.id, *facts, by="ana")
        desk.record(complaint.id, *facts[:2], drawing(40), by="ana")
        assert spent(desk) == 100

    def test_what_was_offered_and_declined_in_one_call_draws_nothing(self, desk):
        """Nothing is kept aside for it."""
        complaint = received(desk)
        desk.record(complaint.id, drawing(999), Declined(), by="ana")
        assert desk.journal.budgets() == ()

    def test_an_offer_without_money_draws_nothing(self, desk):
        """A card costs the budget nothing."""
        complaint = received(desk)
        card = Offer(
            remedies=[Remedy(kind="apology")], draws=[Draw("cards", money(1, "EUR"))]
        )
        desk.record(complaint.id, Offered(offer=card), by="ana")
        assert desk.journal.budgets() == ()
        assert desk.recount() == 0

    def test_an_offer_may_draw_on_several_budgets(self, desk):
        """The poorest decides, and then none is touched."""
        one, two = received(desk), received(desk)
        desk.record(one.id, drawing(90, "shop"), by="ana")
        with pytest.raises(RefusedError, match="budget 'shop'"):
            desk.record(two.id, drawing(20, "month", "shop"), by="ana")
        assert desk.journal.budget("month").version == 0
        desk.record(two.id, drawing(10, "month", "shop"), by="ana")
        assert (spent(desk, "month"), spent(desk, "shop")) == (10, 100)

    def test_another_currency_is_refused(self, desk):
        """Nothing converts by itself."""
        one, two = received(desk), received(desk)
        desk.record(one.id, drawing(10), Declined(), drawing(10), by="ana")
        with pytest.raises(CurrencyError, match="'goodwill' is counted in EUR"):
            desk.record(two.id, drawing(10, currency="USD"), by="ana")
        assert len(desk.history(two.id)) == 1

    def test_a_complaint_may_be_received_with_its_offer(self, desk):
        """Over the counter all is settled at once."""
        first = Received(customer="C-1", channel="shop")
        desk.receive(first, drawing(30), Accepted(), Delivered(), by="ana")
        assert spent(desk) == 30
        with pytest.raises(RefusedError, match=r"70\.00 EUR left"):
            desk.receive(first, drawing(71), by="ana")

    def test_a_merge_gives_back_on_both_sides_at_once(self, desk):
        """One budget changes once, though two complaints do."""
        one, two = received(desk), received(desk)
        for complaint in (one, two):
            brief = drawing(30, expires=MONDAY + HOUR)
            desk.record(complaint.id, brief, by="ana")
        desk.clock.advance(2 * HOUR)
        desk.merge(two.id, into=one.id, by="ana")
        assert spent(desk) == 0
        assert desk.journal.budget("goodwill").version == 3

    def test_the_same_call_again_draws_once(self, desk):
        """With its key it returns the first result."""
        complaint = received(desk)
        done = desk.record(complaint.id, drawing(60), by="ana", key="k")
        assert desk.record(complaint.id, drawing(60), by="ana", key="k") == done
        assert spent(desk) == 60


class _Racing(MemoryJournal):
    """Lets somebody else act just before a budget is read, or rows are written."""

    before_read = before_write = None

    def budget(self, name):
        """Call the hook first, once."""
        hook, self.before_read = self.before_read, None
        if hook:
            hook()
        return super().budget(name)

    def append(self, batches, **beside):
        """Call the hook first, once."""
        hook, self.before_write = self.before_write, None
        if hook:
            hook()
        super().append(batches, **beside)


class TestRaces:
    def test_a_decision_is_made_anew_when_another_complaint_drew_first(self):
        """With what is left then; here enough, there not."""
        journal = _Racing()
        desk, other = new_desk(journal), Desk(journal=journal, clock=JumpClock(MONDAY))
        one, two = received(desk), received(desk)
        journal.before_write = lambda: other.record(two.id, drawing(60), by="bob")
        desk.record(one.id, drawing(40), by="ana")
        assert spent(desk) == 100
        desk.record(one.id, Declined(), by="ana")
        journal.before_write = lambda: other.record(
            two.id, Accepted(), drawing(10), by="bob"
        )
        with pytest.raises(RefusedError, match=r"30\.00 EUR left"):
            desk.record(one.id, drawing(40), by="ana")

    def test_a_new_complaint_is_decided_anew_as_well(self):
        """Its id is still free."""
        journal = _Racing()
        desk = new_desk(journal)
        one = received(desk)
        journal.before_write = lambda: desk.record(one.id, drawing(60), by="bob")
        first = Received(customer="C-1", channel="shop")
        assert desk.receive(first, drawing(40), by="ana").open_offer
        assert spent(desk) == 100

    def test_a_refusal_is_never_answered_from_old_knowledge(self):
        """The offer that another desk made here meanwhile would be replaced."""
        journal = _Racing()
        desk, other = new_desk(journal), Desk(journal=journal, clock=JumpClock(MONDAY))
        complaint = received(desk)
        other.record(complaint.id, drawing(80), by="bob")
        assert desk.record(complaint.id, drawing(90), by="ana").version == 3
        journal.before_read = lambda: other.record(
            complaint.id, drawing(100), Accepted(), drawing(0), by="bob"
        )
        with pytest.raises(RefusedError, match=r"0\.00 EUR left"):
            desk.record(complaint.id, drawing(95), by="ana")
        assert spent(desk) == 100

    def test_a_desk_gives_up_after_its_attempts(self):
        """The conflict is told, and names the budget."""

        class Contended(MemoryJournal):
            def append(self, batches, *, budgets=(), **beside):
                for change in budgets:
                    raise BudgetConflictError(change.name, 0, 1)
                super().append(batches, **beside)

        desk = new_desk(Contended(), attempts=3)
        complaint = received(desk)
        with pytest.raises(ConflictError) as caught:
            desk.record(complaint.id, drawing(1), by="ana")
        assert caught.value.budget == "goodwill"
        assert len(desk.history(complaint.id)) == 1

    def test_threads_use_a_budget_up_and_no_more(self, journal):
        """Eight draw at the same moment until they are refused."""
        desk = new_desk(journal)
        names = [received(desk).id for _ in range(8)]
        barrier = threading.Barrier(len(names))
        given: list[int] = []

        def work(name: str) -> None:
            own = Desk(journal=journal, clock=desk.clock, attempts=1000)
            barrier.wait()
            given.append(_until_refused(own, name))

        threads = [threading.Thread(target=work, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(given) * 4 == spent(desk) == recomputed(desk) == LIMIT

    def test_processes_use_a_budget_up_and_no_more(self, tmp_path):
        """Four draw from one file until they are refused."""
        path = str(tmp_path / "complaints.sqlite")
        with SqlJournal(path) as journal:
            desk = new_desk(journal)
            names = [received(desk).id for _ in range(4)]
            spawn = multiprocessing.get_context("spawn")
            workers = [spawn.Process(target=_draw, args=(path, name)) for name in names]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            assert [worker.exitcode for worker in workers] == [0] * 4
            assert spent(desk) == recomputed(desk) == LIMIT


def _until_refused(desk: Desk, name: str) -> int:
    """Draw four euro at a time; return how often that was possible."""
    count = 0
    while True:
        try:
            desk.record(name, drawing(4), Accepted(), by="ana")
        except RefusedError:
            return count
        count += 1


def _draw(path: str, name: str) -> None:
    with SqlJournal(path) as journal:
        _until_refused(Desk(journal=journal, clock=lambda: DUE, attempts=1000), name)


class TestRecounting:
    def filled(self) -> Desk:
        """Make a desk whose complaints draw forty of one budget and none of others."""
        desk = new_desk()
        one, two = received(desk), received(desk)
        desk.record(one.id, drawing(30), Accepted(), by="ana")
        facts = (drawing(50, "other"), Declined(), drawing(10))
        desk.record(two.id, *facts, by="ana")
        return desk

    def test_budgets_are_made_anew_after_an_import(self, journal):
        """Until then nothing is known of what the imported offers draw."""
        source = self.filled()
        import_entries(export_entries(source.journal), journal)
        desk = new_desk(journal)
        assert spent(desk) is None
        assert desk.recount() == 2
        assert (spent(desk), spent(desk, "other")) == (40, 0)
        assert desk.recount() == 0
        desk.record("c-2", Declined(), by="ana")
        assert spent(desk) == 30

    def test_what_comes_back_unexpectedly_makes_no_debt(self, journal):
        """An import that nobody recounted leaves nothing negative."""
        import_entries(export_entries(self.filled().journal), journal)
        desk = new_desk(journal)
        desk.record("c-2", Declined(), by="ana")
        assert spent(desk) == 0
        assert desk.recount() == 2
        assert spent(desk) == 30

    def test_a_row_that_no_offer_explains_is_set_to_nothing(self, journal):
        """Whatever wrote it."""
        journal.append((), budgets=[BudgetChange("odd", 0, money(5, "EUR"))])
        desk = new_desk(journal)
        assert desk.recount() == 1
        assert spent(desk, "odd") == 0

    def test_offers_in_two_currencies_are_told(self, journal):
        """They cannot be added up; those that ended do not matter."""
        sources = [new_desk(), new_desk()]
        received(sources[1])
        for desk, code in zip(sources, ("EUR", "USD"), strict=True):
            complaint = received(desk)
            desk.record(complaint.id, drawing(30, currency=code), by="ana")
            lines = export_entries(desk.journal)
            wanted = [x for x in lines if f'"complaint_id":"{complaint.id}"' in x]
            import_entries(wanted, journal)
        desk = new_desk(journal)
        with pytest.raises(CurrencyError, match="EUR and USD: offers draw on 'good"):
            desk.recount()
        desk.record("c-1", Declined(), by="ana")
        assert desk.recount() == 1
        assert desk.journal.budget("goodwill").spent == money(30, "USD")

    def test_an_offer_in_a_foreign_currency_gives_nothing_back(self, journal):
        """Nothing of it was counted, and what happened is recorded all the same."""
        source = new_desk()
        complaint = received(source)
        source.record(complaint.id, drawing(30, currency="USD"), by="ana")
        import_entries(export_entries(source.journal), journal)
        journal.append((), budgets=[BudgetChange("goodwill", 0, money(5, "EUR"))])
        desk = new_desk(journal)
        assert desk.situation("c-1").spent.budgets == {}
        desk.record("c-1", Declined(), by="ana")
        assert desk.journal.budget("goodwill").spent == money(5, "EUR")

    def test_a_recount_begins_anew_when_somebody_draws_meanwhile(self):
        """And gives up after its attempts."""
        journal = _Racing()
        import_entries(export_entries(self.filled().journal), journal)
        desk, other = new_desk(journal), new_desk(journal)
        journal.before_write = lambda: other.record("c-1", drawing(7), by="bob")
        assert desk.recount() == 2
        assert spent(desk) == 47 == recomputed(desk)
        hopeless = new_desk(journal, attempts=1)
        journal._budgets.clear()
        journal.before_write = lambda: other.record("c-1", drawing(8), by="bob")
        with pytest.raises(BudgetConflictError):
            hopeless.recount()


class BudgetsAddUp(RuleBasedStateMachine):
    """Whatever happens to offers in whatever order, the row is what they draw."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = SqlJournal(":memory:")
        self.desks = [new_desk(self.journal) for _ in range(2)]
        self.names = [received(self.desks[0]).id for _ in range(3)]
        self.late = False

    def call(self, act) -> None:
        """Do something that may be refused."""
        try:
            act()
        except ComplaintError:
            return

    @rule(
        desk=st.integers(0, 1),
        number=st.integers(0, 2),
        amount=st.integers(0, 60),
        hours=st.none() | st.integers(1, 48),
        names=st.sampled_from([(), ("goodwill", "other"), ("other",)]),
    )
    def offer(self, desk: int, number: int, amount: int, hours, names) -> None:
        """Offer something, perhaps for some hours only."""
        now = self.desks[0].clock.now
        expires = None if hours is None else now + hours * HOUR
        offered = drawing(amount, *names, expires=expires)
        self.call(
            lambda: self.desks[desk].record(self.names[number], offered, by="ana")
        )

    @rule(
        desk=st.integers(0, 1),
        number=st.integers(0, 2),
        fact=st.sampled_from(
            [
                OfferApproved(),
                OfferRejected(),
                Accepted(),
                Declined(),
                Delivered(),
                Withdrawn(),
            ]
        ),
        back=st.integers(0, 10),
    )
    def move(self, desk: int, number: int, fact, back: int) -> None:
        """Move an offer, perhaps some hours ago."""
        now = self.desks[0].clock.now
        told = self.desks[desk]
        before = told.complaint(self.names[number]).offers
        at = now - back * HOUR
        self.call(lambda: told.record(self.names[number], fact, by="bob", at=at))
        after = told.complaint(self.names[number]).offers
        revived = [
            a
            for b, a in zip(before, after, strict=True)
            if b.status == "expired" and a.status == "accepted"
        ]
        self.late = self.late or bool(revived)

    @rule(hours=st.integers(0, 30))
    def wait(self, hours: int) -> None:
        """Let time pass on both desks."""
        for desk in self.desks:
            desk.clock.advance(hours * HOUR)

    @rule(desk=st.integers(0, 1))
    def tick(self, desk: int) -> None:
        """Record what has expired."""
        self.desks[desk].tick()

    @rule(number=st.integers(0, 2), into=st.integers(0, 2))
    def merge(self, number: int, into: int) -> None:
        """Merge two complaints, and begin another one in their place."""
        desk = self.desks[0]
        names = self.names[number], self.names[into]
        self.call(lambda: desk.merge(names[0], into=names[1], by="bob"))
        if desk.complaint(names[0]).merged_into:
            self.names[number] = received(desk).id

    @invariant()
    def rows_are_what_offers_draw(self) -> None:
        """To the cent, and never above the limit but for late news."""
        for name in ("goodwill", "other"):
            assert (spent(self.desks[0], name) or 0) == recomputed(self.desks[0], name)
            assert self.late or (spent(self.desks[0], name) or 0) <= LIMIT

    @invariant()
    def a_recount_finds_nothing_to_change(self) -> None:
        """The rows are kept in the transaction of the append."""
        assert self.desks[0].recount() == 0

    def teardown(self) -> None:
        """Close the database."""
        self.journal.close()


TestBudgetsAddUp = BudgetsAddUp.TestCase
TestBudgetsAddUp.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None
)


@given(st.lists(st.integers(0, 70), min_size=1, max_size=12))
def test_whoever_comes_first_is_served_first(amounts):
    """An offer is refused exactly when it draws more than is left."""
    desk = new_desk()
    left = LIMIT
    for amount in amounts:
        complaint = received(desk)
        try:
            desk.record(complaint.id, drawing(amount), by="ana")
        except RefusedError:
            assert amount > left
        else:
            left -= amount
            assert left >= 0


def test_a_sum_that_no_database_keeps_is_refused():
    """Four decimal places make a long number of a large one."""
    with pytest.raises(InvalidEventError, match=r"below 2\^63 in the smallest unit"):
        BudgetChange("b", 0, money(950_000_000_000_000, "CLF"))
