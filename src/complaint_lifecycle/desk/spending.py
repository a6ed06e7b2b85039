"""What decisions draw on budgets, and what they give back.

An offer draws its total as long as it stands: open, accepted or delivered. Only a new
offer is held to the limit. What a customer accepted in time, though it was told after
the offer had expired, is drawn again whatever is left: it was promised.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import define, field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import money, sum_of
from complaint_lifecycle.complaint import Complaint, OfferStanding
from complaint_lifecycle.desk.deciding import Decision
from complaint_lifecycle.errors import CurrencyError, Refusal, RefusedError
from complaint_lifecycle.journal import BudgetChange, BudgetRow
from complaint_lifecycle.lifecycle import Lifecycle


def budget_changes(
    decisions: Iterable[Decision],
    read: Callable[[str], BudgetRow],
    lifecycle: Lifecycle,
) -> tuple[BudgetChange, ...]:
    """Return what becomes of budgets when decisions are carried out.

    Args:
        decisions: Those of one call.

        read: Returns the row of a budget; asked only for those that change.

        lifecycle: Says what is allowed instead of an offer that is too much.

    Raises:
        RefusedError: If a new offer draws more than is left.
        CurrencyError: If it draws in another currency than others did.
    """
    moved: dict[str, list[_Move]] = {}
    for decision in decisions:
        for move in _moves(decision):
            for draw in move.standing.offer.draws:
                moved.setdefault(draw.budget, []).append(move)
    return tuple(_change(read(name), moves, lifecycle) for name, moves in moved.items())


@frozen
class _Move:
    """An offer that draws from now on, or gives back what it drew."""

    complaint: Complaint
    standing: OfferStanding
    total: Money
    is_new: bool

    @property
    def amount(self) -> Money:
        """What is drawn more than before; less than nothing if it is given back."""
        return self.total if self.standing.stands else _negative(self.total)


def _negative(amount: Money) -> Money:
    # No unary minus: that would round by the decimal settings of the host.
    return Money(amount.amount.copy_negate(), amount.currency)


def _moves(decision: Decision) -> Iterable[_Move]:
    stood = {each.ref: each.stands for each in decision.before.offers}
    for standing in decision.complaint.offers:
        total = standing.offer.total
        if total is not None and standing.stands is not stood.get(standing.ref, False):
            is_new = standing.ref not in stood
            yield _Move(decision.before, standing, total, is_new)


def _change(
    row: BudgetRow, moves: Sequence[_Move], lifecycle: Lifecycle
) -> BudgetChange:
    """Go through the moves in order: what is given back comes before what is drawn."""
    currency = moves[-1].total.currency if row.spent is None else row.spent.currency
    spent = row.spent or money(0, currency)
    for move in moves:
        if move.total.currency == currency:
            if move.is_new:
                _refuse_too_much(row.name, move, spent, lifecycle)
            spent = _sum(spent, move.amount)
        elif move.is_new:
            rule = f"budget {row.name!r} is counted in {currency.code}: convert first"
            raise CurrencyError("Offer.draws", move.total.currency.code, rule)
    return BudgetChange(row.name, row.version, spent)


def _sum(spent: Money, amount: Money) -> Money:
    """Add; never below nothing, should a budget not know all that it gets back."""
    none = money(0, spent.currency)
    return max(sum_of([spent, amount]) or none, none)


def _refuse_too_much(
    name: str, move: _Move, spent: Money, lifecycle: Lifecycle
) -> None:
    (limit,) = (d.limit for d in move.standing.offer.draws if d.budget == name)
    left, complaint = _sum(limit, _negative(spent)), move.complaint
    if move.total <= left:
        return
    reason = (
        f"budget {name!r} has {left.amount} {left.currency.code} left of "
        f"{limit.amount}, and the offer draws {move.total.amount}: "
        "offer less, or draw on another budget"
    )
    allowed = lifecycle.allowed(complaint)
    raise RefusedError(
        Refusal(complaint.id, complaint.state, "Offered", reason, allowed)
    )


def drawn_by_others(complaint: Complaint, row: BudgetRow) -> Money | None:
    """Return what others drew on a budget: a next offer would replace the open one.

    Args:
        complaint: The complaint that has the open offer.

        row: The budget.
    """
    standing, spent = complaint.open_offer, row.spent
    total = None if standing is None else standing.offer.total
    if standing is None or total is None or spent is None:
        return spent
    drawn = any(draw.budget == row.name for draw in standing.offer.draws)
    if not drawn or total.currency != spent.currency:
        return spent
    return _sum(spent, _negative(total))


@define
class Recount:
    """Adds up what the offers of many complaints draw, one after the other."""

    _spent: dict[str, Money] = field(factory=dict, init=False)
    _given_back: dict[str, Money] = field(factory=dict, init=False)

    def add(self, complaint: Complaint) -> None:
        """Count the offers of a complaint.

        Raises:
            CurrencyError: If offers that stand draw on one budget in two currencies.
        """
        for standing in complaint.offers:
            total = standing.offer.total
            if total is not None:
                for draw in standing.offer.draws:
                    self._count(draw.budget, total, standing)

    def _count(self, name: str, total: Money, standing: OfferStanding) -> None:
        if not standing.stands:
            self._given_back[name] = money(0, total.currency)
            return
        known = self._spent.get(name, money(0, total.currency))
        if known.currency != total.currency:
            codes = f"{known.currency.code} and {total.currency.code}"
            rule = f"offers draw on {name!r} in two currencies: settle those of one"
            raise CurrencyError("budget", codes, rule)
        self._spent[name] = _sum(known, total)

    def changes(self, rows: Mapping[str, BudgetRow]) -> tuple[BudgetChange, ...]:
        """Return what has to change.

        Args:
            rows: The budgets as they were before the first complaint was counted.
        """
        nothing = {
            name: money(0, row.spent.currency)
            for name, row in rows.items()
            if row.spent is not None
        }
        found = nothing | self._given_back | self._spent
        known = {name: rows.get(name, BudgetRow(name)) for name in found}
        return tuple(
            BudgetChange(name, known[name].version, spent)
            for name, spent in found.items()
            if known[name].spent != spent
        )
