"""What a scheme needs to know: facts with a meaning, checked before they are used."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.amounts import money
from complaint_lifecycle.checks import exact_decimal
from complaint_lifecycle.errors import InvalidEventError, MissingFactError
from complaint_lifecycle.events.fields import Facts, Plain

_LIMIT = Decimal(10) ** 15
_HUNDRED = Decimal(100)


@frozen(kw_only=True)
class Need:
    """One fact that a scheme reads.

    Attributes:
        name: Under which it stands among the facts.

        type: ``"number"``; ``"signed"``, which may be negative; ``"count"``, a whole
            number; ``"money"`` in the currency of the scheme; ``"percent"``;
            ``"flag"``, true or false; ``"choice"``; ``"date"``; or ``"currency"``.

        meaning: What it says.

        unit: Of a number.

        choices: What a choice may be.

        aliases: Other words for these.

        default: What holds if it is absent; ``None`` if it is then missing, as soon as
            it matters.
    """

    name: str
    type: str
    meaning: str
    unit: str = ""
    choices: tuple[str, ...] = field(default=(), converter=tuple)
    aliases: Facts = field(factory=Facts, converter=Facts)
    default: Plain = None

    def read(self, value: object, currency: str) -> Any:
        """Check a value, and return it as the rules calculate with it.

        Args:
            value: What was given.

            currency: ISO 4217 code, for amounts of money.

        Raises:
            InvalidEventError: If it breaks the rule of its type.
        """
        return _READERS[self.type](self, value, currency)

    @property
    def where(self) -> str:
        """How errors name it."""
        return f"facts[{self.name!r}]"

    @property
    def described(self) -> str:
        """What it means, with its unit or its choices."""
        unit = f", in {self.unit}" if self.unit else ""
        choices = f": {', '.join(self.choices)}" if self.choices else ""
        return f"{self.meaning}{unit}{choices}"


def _refused(need: Need, value: object, rule: str) -> InvalidEventError:
    return InvalidEventError(need.where, repr(value)[:40], f"{rule}: {need.described}")


def _signed(need: Need, value: object, currency: str) -> Decimal:
    number = exact_decimal(value, need.where)
    if number.copy_abs() >= _LIMIT:
        raise _refused(need, value, "must be below 10^15")
    return number


def _number(need: Need, value: object, currency: str) -> Decimal:
    number = _signed(need, value, currency)
    if number < 0:
        raise _refused(need, value, "must not be negative")
    return number.copy_abs()


def _count(need: Need, value: object, currency: str) -> int:
    number = _number(need, value, currency)
    if number != number.to_integral_value():
        raise _refused(need, value, "must be a whole number")
    return int(number)


def _money(need: Need, value: object, currency: str) -> Decimal:
    number = _number(need, value, currency)
    try:
        return money(number, currency).amount
    except InvalidEventError as error:
        raise _refused(need, value, error.rule) from None


def _percent(need: Need, value: object, currency: str) -> Decimal:
    text = value.removesuffix("%").rstrip() if isinstance(value, str) else value
    percent = _number(need, text, currency)
    if percent > _HUNDRED:
        raise _refused(need, value, "must be at most 100 %")
    # 0.08 is as likely 8 % as it is 0.08 %, and 1 is 1 % or all of it.
    if text is value and 0 < percent <= 1:
        raise _refused(need, value, f"needs its sign, {percent}% or {percent * 100}%")
    return percent


def _flag(need: Need, value: object, currency: str) -> bool:
    if not isinstance(value, bool):
        raise _refused(need, value, "must be True or False")
    return value


def _choice(need: Need, value: object, currency: str) -> str:
    if not isinstance(value, str):
        raise _refused(need, value, "must be text")
    known = {_bare(choice): choice for choice in need.choices}
    known |= {_bare(alias): str(choice) for alias, choice in need.aliases.items()}
    found = known.get(_bare(value))
    if found is None:
        raise _refused(need, value, _not_chosen(value, known))
    return found


def _bare(text: str) -> str:
    return text.strip().casefold().replace("-", "_").replace(" ", "_")


def _not_chosen(value: str, known: Mapping[str, str]) -> str:
    near = get_close_matches(_bare(value), known, n=1)
    return f"is unknown, did you mean {known[near[0]]}" if near else "is unknown"


def _date(need: Need, value: object, currency: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        rule = "must be a date such as 2026-03-02"
        raise _refused(need, value, rule) from None


def _currency(need: Need, value: object, currency: str) -> str:
    if not isinstance(value, str):
        raise _refused(need, value, "must be an ISO 4217 code such as EUR")
    return money(0, value).currency.code


_READERS: dict[str, Callable[[Need, object, str], Any]] = {
    "signed": _signed,
    "number": _number,
    "count": _count,
    "money": _money,
    "percent": _percent,
    "flag": _flag,
    "choice": _choice,
    "date": _date,
    "currency": _currency,
}


@frozen
class Given:
    """The facts that were given to a scheme, checked; those absent may have defaults.

    Attributes:
        scheme: Id of the scheme.

        currency: In which it pays.

        values: What was given, by name.

        needs: All that it may read, by name.
    """

    scheme: str
    currency: str
    values: Mapping[str, Any]
    needs: Mapping[str, Need]

    def has(self, name: str) -> bool:
        """Tell whether a fact was given."""
        return name in self.values

    def _value(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        need = self.needs[name]
        if need.default is None:
            raise MissingFactError(name, "None", need.described, self.scheme)
        return need.read(need.default, self.currency)

    def number(self, name: str) -> Decimal:
        """Return a number, an amount or a percentage."""
        return Decimal(self._value(name))

    def count(self, name: str) -> int:
        """Return a whole number."""
        return int(self._value(name))

    def flag(self, name: str) -> bool:
        """Return whether something holds."""
        return bool(self._value(name))

    def choice(self, name: str) -> str:
        """Return what was chosen."""
        return str(self._value(name))

    def day(self, name: str) -> date:
        """Return a date."""
        found: date = self._value(name)
        return found

    def said(self, name: str) -> str:
        """Write a fact with its value, for the line that explains it."""
        value = self._value(name)
        plain = f"{value:f}" if isinstance(value, Decimal) else str(value)
        sign = " %" if self.needs[name].type == "percent" else ""
        return f"{name} {plain}{sign}"

    def rounded(self, amount: Decimal) -> Decimal:
        """Round half up to the smallest unit of the currency."""
        return amount.quantize(money(0, self.currency).amount, ROUND_HALF_UP)


def given_to(
    scheme: str, currency: str, needs: tuple[Need, ...], facts: Mapping[str, object]
) -> Given:
    """Check what the facts say of the needs of a scheme, and leave the rest.

    Args:
        scheme: Id of the scheme.

        currency: In which it pays, unless a fact says so.

        needs: What it may read.

        facts: What is known; others than those needed are ignored.

    Raises:
        InvalidEventError: If a value breaks the rule of its type.
    """
    found = {n.name: v for n in needs if (v := facts.get(n.name)) is not None}
    for need in needs:
        if need.type == "currency" and need.name in found:
            currency = need.read(found[need.name], currency)
    values = {n.name: n.read(found[n.name], currency) for n in needs if n.name in found}
    return Given(scheme, currency, values, {need.name: need for need in needs})
