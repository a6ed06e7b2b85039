"""Clocks, money and the rules of fields: what is let in, and how refusals read."""

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Context, Decimal, localcontext

import pytest
from histories import ANY_EVENT
from hypothesis import given
from hypothesis import strategies as st
from moneyed import EUR, Money

from complaint_lifecycle import (
    Event,
    InvalidEventError,
    JumpClock,
    Received,
    Thanked,
    fact,
    money,
    utc_now,
)
from complaint_lifecycle.amounts import sum_of
from complaint_lifecycle.checks import reference
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import CurrencyError
from complaint_lifecycle.events import (
    EVENTS,
    STEP_EVENTS,
    Absorbed,
    Assigned,
    Entry,
    Escalated,
    Facts,
    Fixed,
    Gathered,
    Offered,
    Prevented,
    Promised,
    Reclassified,
    Step,
    TimerMissed,
    Verified,
    fields,
)
from complaint_lifecycle.offers import Draw, Offer, Remedy

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class TestClock:
    def test_the_wall_clock_is_aware(self):
        """The one reader of the wall clock answers in UTC."""
        assert utc_now().tzinfo is UTC

    def test_a_jump_clock_only_moves_when_told(self):
        """It stands, advances by a span and jumps to an instant in any zone."""
        clock = JumpClock(NOON)
        assert clock() == clock() == NOON
        assert clock.advance(timedelta(hours=2)) == NOON + timedelta(hours=2)
        later = datetime(2026, 3, 3, 12, tzinfo=timezone(timedelta(hours=5)))
        assert clock.jump_to(later) == later
        assert clock.now.tzinfo is UTC

    def test_a_jump_clock_never_goes_back(self):
        """Neither by a jump nor by a negative span."""
        clock = JumpClock(NOON)
        with pytest.raises(InvalidEventError, match="never goes back"):
            clock.jump_to(NOON - timedelta(seconds=1))
        with pytest.raises(InvalidEventError, match="never goes back"):
            clock.advance(timedelta(seconds=-1))
        with pytest.raises(InvalidEventError, match="beyond the year 9999"):
            clock.advance(timedelta.max)

    def test_a_naive_datetime_is_refused(self):
        """It names no instant."""
        with pytest.raises(InvalidEventError, match="naive datetimes are refused"):
            in_utc(datetime(2026, 3, 2))  # noqa: DTZ001

    def test_what_is_no_datetime_is_refused(self):
        """A date or text is no instant."""
        with pytest.raises(InvalidEventError, match="aware datetime"):
            in_utc(date(2026, 3, 2))

    def test_an_instant_outside_the_calendar_of_utc_is_refused(self):
        """Year 9999 in the west may be year 10000 in UTC."""
        west = timezone(timedelta(hours=-5))
        with pytest.raises(InvalidEventError, match="outside the years"):
            in_utc(datetime(9999, 12, 31, 23, tzinfo=west))


class TestMoney:
    @given(st.integers(-(10**16), 10**16))
    def test_cents_go_through_the_door_unchanged(self, cents: int):
        """An amount keeps its value and shows the places of its currency."""
        amount = Decimal(cents).scaleb(-2)
        if abs(amount) >= 10**15:
            with pytest.raises(InvalidEventError):
                money(amount, "EUR")
        else:
            assert money(amount, "EUR") == Money(amount, "EUR")
            assert money(str(amount), EUR).amount.as_tuple().exponent == -2

    @pytest.mark.parametrize(
        ("amount", "rule"),
        [
            (1.5, "floats are not exact"),
            (True, "floats are not exact"),
            ("12,50", "no decimal number"),
            ("9" * 50, "below 10"),
            (Decimal("NaN"), "finite"),
            (Decimal("-Infinity"), "finite"),
            ("NaN", "no decimal number"),
            ("1E+1000000", "no decimal number"),
            (Decimal("1E+1000000"), "at most 60 digits"),
            ("٣", "no decimal number"),
            ("1_000", "no decimal number"),
            ("1.005", "more decimal places than EUR knows"),
        ],
    )
    def test_what_is_no_exact_amount_is_refused(self, amount, rule):
        """Floats, NaN, infinities and excess places do not pass."""
        with pytest.raises(InvalidEventError, match=rule):
            money(amount, "EUR")

    def test_each_currency_has_its_own_places(self):
        """Yen has none, dinar of Kuwait three."""
        assert str(money(5, "JPY").amount) == "5"
        assert str(money("1.005", "KWD").amount) == "1.005"
        with pytest.raises(InvalidEventError, match="JPY"):
            money("0.5", "JPY")

    def test_the_decimal_settings_of_a_host_round_nothing(self):
        """Amounts and sums are exact whatever the context says."""
        with localcontext(Context(prec=3)):
            amount = money("12345678.90", "EUR")
            twice = Offer(remedies=[Remedy(kind="refund", value=amount)] * 2)
            assert twice.total == money("24691357.80", "EUR")
        assert str(amount.amount) == "12345678.90"

    def test_zero_has_no_sign(self):
        """Minus zero is zero, in the same bytes."""
        assert str(money("-0", "EUR").amount) == "0.00"

    def test_an_unknown_currency_is_refused(self):
        """The message names the code."""
        with pytest.raises(CurrencyError, match="'EURO': is no ISO 4217"):
            money(1, "EURO")
        with pytest.raises(CurrencyError, match="is no ISO 4217"):
            money(1, None)

    def test_an_offer_adds_up_and_never_mixes_currencies(self):
        """The total is the sum of what is worth money."""
        ten = Remedy(kind="refund", value=money(10, "EUR"))
        card = Remedy(kind="apology", what="a card")
        assert Offer(remedies=[ten, card, ten]).total == money(20, "EUR")
        assert Offer(remedies=[card]).total is None
        with pytest.raises(CurrencyError, match="EUR and USD"):
            Offer(remedies=[ten, Remedy(kind="gift", value=money(1, "USD"))])
        with pytest.raises(InvalidEventError, match="at least one remedy"):
            Offer(remedies=[])
        with pytest.raises(InvalidEventError, match="must be remedies"):
            Offer(remedies=["a hug"])
        with pytest.raises(InvalidEventError, match="a list of lines"):
            Offer(remedies=[card], reasons="because")

    @pytest.mark.parametrize(
        "given",
        [
            {"value": money(-1, "EUR")},
            {"value": 5},
            {"percent": 101},
            {"percent": 0.5},
            {"percent": "lots"},
            {"kind": "hug"},
            {"what": 3},
            {"what": "\0"},
            {"what": "w" * 5000},
            {"percent": True},
            {"valid_until": "2026-09-02"},
            {"valid_until": NOON},
        ],
    )
    def test_a_remedy_with_a_bad_value_is_refused(self, given):
        """Negative, mistyped or boundless remedies do not exist."""
        with pytest.raises(InvalidEventError, match="Remedy"):
            Remedy(**{"kind": "refund"} | given)

    def test_amounts_of_two_currencies_have_no_sum(self):
        """Whoever adds them is told both, and the way out."""
        with pytest.raises(CurrencyError, match=r"EUR and USD.*explicit rate"):
            sum_of([money(1, "EUR"), money(1, "USD")])

    def test_an_offer_draws_on_a_budget_once_and_up_to_an_amount(self):
        """A draw without a limit and two draws on one budget are refused."""
        with pytest.raises(InvalidEventError, match=r"Draw\.limit.*must be Money"):
            Draw(budget="goodwill", limit=None)
        draw = Draw(budget="goodwill", limit=money(9, "EUR"))
        with pytest.raises(InvalidEventError, match=r"Offer\.draws.*goodwill"):
            Offer(remedies=[Remedy(kind="apology")], draws=[draw, draw])

    def test_an_offer_expires_at_an_instant(self):
        """A naive expiry is refused, an aware one is kept in UTC."""
        card = Remedy(kind="apology")
        assert Offer(remedies=[card], expires=NOON).expires == NOON
        with pytest.raises(InvalidEventError, match=r"Offer\.expires"):
            Offer(remedies=[card], expires=datetime(2026, 3, 2))  # noqa: DTZ001


class TestFields:
    def test_a_choice_of_the_host_may_be_a_reference(self):
        """It is text, and goes in as it is."""
        assert reference(Step.THANK, "category") == "thank"

    @pytest.mark.parametrize("name", ["a\0b", "a\u200bb", "a\u202eb", "\ud800"])
    def test_a_reference_holds_nothing_that_cannot_be_seen(self, name: str):
        """Two that look alike would not be the same."""
        with pytest.raises(InvalidEventError, match="must be printable"):
            reference(name, "customer")

    @pytest.mark.parametrize(
        ("kind", "given", "message"),
        [
            (Received, {"customer": ""}, r"Received\.customer = '': must be text of 1"),
            (Received, {"customer": "x" * 201}, "1 to 200 characters"),
            (Received, {"customer": "bob "}, "begin or end with a space"),
            (Received, {"facts": {str(n): n for n in range(300)}}, "at most 256"),
            (Received, {"facts": {"a": "x" * 5000}}, "at most 4096 characters"),
            (Absorbed, {"about": "bob"}, "several references"),
            (Received, {"customer": "a\u202eb"}, "must be printable"),
            (Received, {"customer": "a\ud800"}, "must be printable"),
            (Received, {"channel": None}, r"Received\.channel"),
            (Received, {"text": "a\0b"}, "NUL"),
            (Received, {"text": "a\ud800"}, "lone surrogate"),
            (Received, {"text": b"x"}, "must be text"),
            (Received, {"severity": "huge"}, "minor, moderate, serious, critical"),
            (Received, {"amount": 5}, r"make it with money\("),
            (Received, {"public": "yes"}, "True or False"),
            (Received, {"audience": 0}, "1 or more"),
            (Received, {"audience": 2.5}, "whole number"),
            (Received, {"audience": True}, "whole number"),
            (Received, {"audience": 2**63}, "1 or more"),
            (Received, {"facts": [1]}, "must be a mapping"),
            (Received, {"facts": {"km": 1.5}}, r"facts\['km'\] = 1.5"),
            (Received, {"facts": {"km": 2**63}}, "below 2"),
            (Received, {"facts": {"": 1}}, r"facts \(name\)"),
            (Received, {"facts": {"a": Decimal("NaN")}}, "finite"),
            (Received, {"facts": {"a": "\0"}}, "NUL"),
            (Verified, {"satisfied": "yes"}, "True or False"),
            (Gathered, {"fault": "me"}, "company, customer, third_party, nobody"),
            (Fixed, {"outcome": []}, "put_right, explained, declined"),
            (Prevented, {"process": "  "}, "must say something"),
            (Prevented, {"due": NOON}, "date without a time"),
            (Prevented, {"due": "2026-01-01"}, "date without a time"),
            (Offered, {"offer": 5}, "must be an Offer"),
            (Assigned, {"owner": None}, "name the owner, the contact, or both"),
            (Reclassified, {}, "give a category, product, severity, amount or about"),
            (Promised, {"due": "tomorrow"}, "aware datetime"),
        ],
    )
    def test_a_value_that_breaks_its_rule_is_refused(self, kind, given, message):
        """The message names the field, the value, the rule and the way out."""
        valid = {
            Received: {"customer": "C-1", "channel": "email"},
            Verified: {},
            Prevented: {
                "process": "p",
                "action": "a",
                "owner": "o",
                "due": date(2026, 1, 1),
            },
            Promised: {"what": "w", "due": NOON, "owner": "o"},
            Absorbed: {"duplicate": "c-2"},
        }
        with pytest.raises(InvalidEventError, match=message):
            kind(**valid.get(kind, {}) | given)

    def test_personal_text_never_shows(self):
        """Neither in the representation nor in a refusal."""
        written = "Olha Petrenko, Kyiv"
        event = Received(customer="C-1", channel="email", text=written)
        assert written not in repr(event)
        assert "text=<personal>" in repr(event)
        assert "text=''" in repr(Thanked())
        with pytest.raises(InvalidEventError) as caught:
            Thanked(text=written + "\0")
        assert "Olha" not in str(caught.value)

    @pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.kind)
    def test_every_kind_of_fact_is_frozen_and_named_after_its_class(self, kind):
        """The kind is the name, and its first line says what happened."""
        assert kind.kind == kind.__name__
        assert kind.__doc__

    def test_every_step_has_its_fact(self):
        """The trigger of each step's fact is the step."""
        assert {s: e.trigger for s, e in STEP_EVENTS.items()} == {s: s for s in Step}
        assert set(ANY_EVENT) == set(EVENTS)

    @given(st.one_of(list(ANY_EVENT.values())))
    def test_facts_are_values(self, event: Event):
        """They compare, hash, pickle and cannot be changed."""
        assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301
        assert isinstance(hash(event), int)
        with pytest.raises(AttributeError):
            event.text = "other"  # type: ignore[attr-defined]

    def test_facts_mapping_is_immutable_and_ordered_by_name(self):
        """Two mappings with the same items are the same value."""
        facts = Facts({"b": 1, "a": "x"})
        assert list(facts) == ["a", "b"]
        assert facts == Facts({"a": "x", "b": 1}) == {"a": "x", "b": 1}
        assert hash(facts) == hash(Facts({"a": "x", "b": 1}))
        assert repr(facts) == "Facts({'a': 'x', 'b': 1})"
        with pytest.raises(AttributeError):
            facts.more = 1

    def test_an_entry_checks_its_envelope(self):
        """An entry needs a fact, a version and aware instants."""
        parts = {
            "complaint_id": "c-1",
            "version": 1,
            "at": NOON,
            "by": "ana",
            "event": Thanked(),
            "recorded_at": NOON,
        }
        assert Entry(**parts).kind == "Thanked"
        for part, value in (("event", "Thanked"), ("version", 0), ("by", "")):
            with pytest.raises(InvalidEventError, match=f"Entry.{part}"):
                Entry(**parts | {part: value})

    def test_a_miss_knows_how_late_it_was_found(self):
        """Fired less due."""
        fired = NOON + timedelta(minutes=5)
        missed = TimerMissed(timer="t", cause="t#1", due=NOON, fired=fired)
        assert missed.late == timedelta(minutes=5)

    def test_a_host_fact_with_a_type_of_no_rule_is_a_mistake_of_its_author(self):
        """The class is refused when it is made."""
        with pytest.raises(TypeError, match=r"needs a type of events\.fields"):

            @fact
            class Odd(Event):
                value: dict[str, int]

    def test_a_fact_of_the_library_is_complete(self):
        """Deriving from one would take its place on the chart and not its effect."""
        with pytest.raises(TypeError, match="derive MyPromised from Event"):
            type("MyPromised", (Promised,), {})

    def test_annotations_may_be_written_as_text(self):
        """As they are with annotations imported from the future."""
        lines = {"__annotations__": {"opinion": "Ref"}, "__module__": fields.__name__}
        opined = fact(type("Opined", (Event,), lines))
        with pytest.raises(InvalidEventError, match=r"Opined\.opinion"):
            opined(opinion="")

    def test_a_plain_annotation_is_no_rule(self):
        """Annotated with something else than a rule is refused as well."""
        from typing import Annotated

        with pytest.raises(TypeError, match=r"needs a type of events\.fields"):

            @fact
            class Odd(Event):
                value: Annotated[str, "a note"]

    def test_the_line_of_an_escalation_defaults_to_the_second(self):
        """The first line is where a complaint starts."""
        assert Escalated(owner="legal").line == 2
