"""The rules for standards, money and penalties: every branch, every threshold, every trap."""

from datetime import date
from decimal import Decimal

import pytest
from scheme_cases import assessed, load, pays

from complaint_lifecycle.amounts import money
from complaint_lifecycle.errors import InvalidEventError, MissingFactError


class TestUtilities:
    @pytest.mark.parametrize(
        ("day", "repair", "late_start", "missed"),
        [
            ("2019-04-01", "8.00", "5.00", "25.00"),
            ("2023-03-31", "8.00", "5.00", "25.00"),
            ("2023-04-01", "9.33", "5.83", "29.15"),
            ("2024-04-01", "9.76", "6.10", "30.49"),
            ("2025-04-01", "9.98", "6.24", "31.19"),
            ("2026-03-31", "9.98", "6.24", "31.19"),
            ("2026-04-01", "10.34", "6.46", "32.31"),
            (None, "10.34", "6.46", "32.31"),
        ],
    )
    def test_telecoms_rates_go_by_the_date(self, day, repair, late_start, missed):
        """Each day of a year has the rates of its year, no date the newest."""
        for event, due in (("repair", repair), ("late_start", late_start)):
            facts = {"event": event, "qualifying_calendar_days": 3, "date": day}
            assert pays("uk-ofcom-automatic", **facts) == str(3 * Decimal(due))
        for facts in (
            {"event": "missed_appointment"},
            {"event": "cancelled_appointment", "notice_hours": 23},
        ):
            assert pays("uk-ofcom-automatic", date=day, **facts) == missed

    def test_what_telecoms_do_not_pay(self):
        """An appointment cancelled in time, a fault that leaves some service."""
        early = {"event": "cancelled_appointment", "notice_hours": 24}
        assert pays("uk-ofcom-automatic", **early) == "0.00"
        assert pays("uk-ofcom-automatic", event="repair", total_loss=False) == "0.00"

    @pytest.mark.parametrize(
        ("facts", "due"),
        [
            ({"event": "appointment_not_made"}, "40.00"),
            ({"event": "appointment_not_kept"}, "50.00"),
            ({"event": "complaint_late"}, "40.00"),
            ({"event": "complaint_late", "answered_in_working_days": 10}, "0.00"),
            ({"event": "complaint_late", "answered_in_working_days": 11}, "40.00"),
            ({"event": "complaint_late", "paid_late": True}, "80.00"),
            ({"event": "late_payment"}, "40.00"),
            ({"event": "late_payment", "paid_late": True}, "40.00"),
            ({"event": "low_pressure"}, "50.00"),
            ({"event": "low_pressure", "occurrences": 5}, "250.00"),
            ({"event": "low_pressure", "occurrences": 6}, "250.00"),
            ({"event": "low_pressure", "occurrences": 3, "already_paid": 4}, "50.00"),
            ({"event": "low_pressure", "already_paid": 5, "paid_late": True}, "0.00"),
            ({"event": "low_pressure", "ongoing": True}, "250.00"),
            ({"event": "planned_interruption"}, "50.00"),
            ({"event": "planned_interruption", "interruption_hours": 4}, "0.00"),
            (
                {"event": "planned_interruption", "interruption_hours": 5}
                | {"notice_hours": 47},
                "50.00",
            ),
            ({"event": "planned_interruption", "notice_hours": 48}, "0.00"),
            ({"event": "planned_interruption", "notice_hours": 48}
             | {"paid_late": True}, "0.00"),
            ({"event": "supply_not_restored"}, "50.00"),
            ({"event": "supply_not_restored", "further_periods": 2}, "150.00"),
            (
                {"event": "supply_not_restored", "further_periods": 1}
                | {"paid_late": True},
                "140.00",
            ),
        ],
    )  # fmt: skip
    def test_water(self, facts, due):
        """Every standard, low pressure at most five times, more if paid late."""
        assert pays("uk-ofwat-gss", **facts) == due

    def test_wales_is_not_guessed(self):
        """Its older amounts are refused, since which is for what is not known."""
        with pytest.raises(InvalidEventError, match=r"nation.*england"):
            pays("uk-ofwat-gss", event="low_pressure", nation="wales")

    @pytest.mark.parametrize(
        ("facts", "due"),
        [
            ({}, "40.00"),
            ({"failures": 2}, "80.00"),
            ({"failures": 0, "paid_within_working_days": 30}, "0.00"),
            ({"paid_within_working_days": 10}, "40.00"),
            ({"paid_within_working_days": 11}, "80.00"),
            ({"failures": 2, "paid_within_working_days": 11}, "120.00"),
            (
                {"failures": 2, "paid_within_working_days": 11, "late_payments": 2},
                "160.00",
            ),
            ({"date": "2025-01-01"}, "40.00"),
            ({"date": "2024-12-31", "paid_within_working_days": 11}, "60.00"),
        ],
    )
    def test_energy(self, facts, due):
        """40 a failure and 40 more if late; 30 and 30 before 2025."""
        assert pays("uk-ofgem-gsop", **facts) == due


class TestMoney:
    @pytest.mark.parametrize(
        ("facts", "due"),
        [
            ({"rate": "8%"}, "80.00"),
            ({"rate": 8}, "80.00"),
            ({"referred": "2025-12-31"}, "80.00"),
            ({"date": date(2025, 12, 31)}, "80.00"),
            ({"referred": "2026-01-01", "average_bank_rate": "4.25%"}, "52.50"),
            ({"average_bank_rate": "0.1 %"}, "11.00"),
            ({"average_bank_rate": "4%", "late_award": True}, "80.00"),
            ({"referred": "2025-01-01", "late_award": True}, "80.00"),
        ],
    )
    def test_interest(self, facts, due):
        """8 % before 2026 and on late awards, else one point above Bank Rate."""
        assert pays("uk-fos-interest", principal=1000, days=365, **facts) == due

    def test_interest_says_how_it_was_rounded(self):
        """Half up to the penny, with what it was before."""
        facts = {"principal": "36.50", "rate": "5%", "days": 1}
        due = assessed(load("uk-fos-interest"), facts)
        assert str(due.amount.amount) == "0.01"
        assert due.reasons[0].text.endswith("of 365 = 0.005, rounded half up")
        due = assessed(load("uk-fos-interest"), facts | {"principal": 40})
        assert "= 0.005479..., rounded half up" in due.explain()

    def test_the_bank_rate_is_asked_for(self):
        """From 2026 on there is no rate without it; it has no default."""
        with pytest.raises(MissingFactError, match="average_bank_rate"):
            pays("uk-fos-interest", principal=1000, days=365)

    @pytest.mark.parametrize(
        ("kind", "limit"),
        [("atm", 5), ("pos", 5), ("cnp", 5), ("UPI merchant", 5), ("card-to-card", 1),
         ("imps", 1), ("upi_transfer", 1)],
    )  # fmt: skip
    def test_failed_transactions(self, kind, limit):
        """100 a day beyond the limit of the kind, and nothing within it."""
        facts = {"type": kind, "transaction": "2026-06-01"}
        in_time, late = date(2026, 6, 1 + limit), date(2026, 6, 3 + limit)
        assert pays("in-rbi-tat", **facts, reversed=in_time) == "0.00"
        assert pays("in-rbi-tat", **facts, reversed=late) == "200.00"
        assert pays("in-rbi-tat", **facts, as_of=late.isoformat()) == "200.00"

    def test_a_transaction_is_reversed_after_it_was_made(self):
        """An end before the beginning is a mistake; an absent one is asked for."""
        facts = {"type": "atm", "transaction": "2026-06-01"}
        with pytest.raises(
            InvalidEventError, match=r"reversed.*before the transaction"
        ):
            pays("in-rbi-tat", **facts, reversed="2026-05-31")
        with pytest.raises(MissingFactError, match=r"'reversed'.*or as_of"):
            pays("in-rbi-tat", **facts)

    @pytest.mark.parametrize(
        ("uptime", "due"),
        [("99.99%", 0), ("99.98%", 10), ("99%", 10), ("98.9%", 30), ("95.0%", 30),
         ("94.9%", 100), (Decimal("99.95"), 10), (0, 100), ("0.5%", 100)],
    )  # fmt: skip
    def test_uptime(self, uptime, due):
        """10, 30 or 100 %; the limit itself is not below it."""
        assert pays("saas-sla-credits", uptime=uptime, bill=100) == f"{due}.00"

    def test_uptime_in_another_currency(self):
        """A bill may be in any, and is rounded to its smallest unit."""
        facts = {"uptime": "99.5%", "bill": 105, "currency": "JPY"}
        due = assessed(load("saas-sla-credits"), facts)
        assert due.amount == money(11, "JPY")
        assert "10.5, rounded half up" in due.reasons[0].text
        with pytest.raises(InvalidEventError, match="more decimal places than JPY"):
            pays("saas-sla-credits", **facts | {"bill": "1.5"})


class TestConsumerLaw:
    @pytest.mark.parametrize(
        ("facts", "due"),
        [
            ({"kind": "goods", "days_late": 150}, "10000.00"),
            ({"kind": "goods", "days_late": 100}, "10000.00"),
            ({"kind": "goods", "days_late": 99}, "9900.00"),
            ({"kind": "goods", "days_late": 0}, "0.00"),
            (
                {"kind": "goods", "days_late": 150, "demand_date": "2026-01-31"},
                "15000.00",
            ),
            (
                {"kind": "goods", "days_late": 150, "demand_date": "2026-02-01"},
                "10000.00",
            ),
            (
                {"kind": "goods", "days_late": 150, "demand_date": "2026-01-31"}
                | {"as_of": "2026-06-30"},
                "15000.00",
            ),
            (
                {"kind": "goods", "due": "2026-03-01", "through": "2026-03-11"},
                "1000.00",
            ),
            ({"kind": "goods", "due": "2026-03-01", "through": "2026-03-01"}, "0.00"),
            ({"kind": "prepaid", "days_late": 10}, "500.00"),
            ({"kind": "prepaid", "days_late": 201}, "10000.00"),
            (
                {"kind": "prepayment", "days_late": 201, "as_of": "2025-01-01"},
                "10000.00",
            ),
            ({"kind": "prepaid", "days_late": 10, "prepayment": 4000}, "200.00"),
            ({"kind": "service", "days_late": 34}, "10000.00"),
            ({"kind": "service", "hours_late": 2}, "600.00"),
            ({"kind": "service", "days_late": 34, "as_of": "2025-01-01"}, "10000.00"),
        ],
    )
    def test_russian_penalty(self, facts, due):
        """Goods are capped since February 2026, the others always were."""
        assert pays("ru-zozpp-penalty", price=10000, **facts) == due

    @pytest.mark.parametrize(
        ("facts", "due"),
        [
            ({}, "1500.00"),
            ({"other_awards": 10000}, "6500.00"),
            ({"fine_excluded_by": "mediation"}, "1000.00"),
            ({"fine_excluded_by": "consumer_fault"}, "1000.00"),
            ({"fine_excluded_by": "mediation", "as_of": "2026-01-31"}, "1500.00"),
        ],
    )
    def test_russian_fine(self, facts, due):
        """Half of what is awarded, where asked for; excluded only since 2026."""
        late = {"kind": "goods", "price": 10000, "days_late": 10}
        assert pays("ru-zozpp-penalty", **late) == "1000.00"
        assert pays("ru-zozpp-penalty", **late, court_fine=True, **facts) == due

    def test_how_late_is_asked_for(self):
        """Hours count for services only; one end of a span is no span."""
        late = {"kind": "goods", "price": 10000}
        for facts in ({}, {"hours_late": 5}, {"due": "2026-03-01"}):
            with pytest.raises(MissingFactError, match=r"'days_late'.*in days"):
                pays("ru-zozpp-penalty", **late, **facts)

    @pytest.mark.parametrize(
        ("facts", "due"),
        [
            ({"kind": "goods", "days_late": 150}, "12000.00"),
            ({"kind": "service", "days_late": 10}, "2400.00"),
            ({"kind": "service", "days_late": 34}, "8000.00"),
            ({"kind": "works", "days_late": 10, "contract_percent": "1%"}, "800.00"),
            ({"kind": "goods", "days_late": 10, "contract_percent": "5%"}, "800.00"),
        ],
    )
    def test_ukrainian_penalty(self, facts, due):
        """A contract may fix another rate for services; goods have no cap."""
        assert pays("ua-penalty", price=8000, **facts) == due
