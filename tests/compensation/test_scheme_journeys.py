"""The rules for flights, trains and ships: every branch, every threshold, every trap."""

from datetime import date
from decimal import Decimal

import pytest
from scheme_cases import assessed, load, pays

from complaint_lifecycle.amounts import money
from complaint_lifecycle.compensation import schemes
from complaint_lifecycle.compensation.schemes import UnverifiedSchemeWarning
from complaint_lifecycle.errors import InvalidEventError, MissingFactError


def flown(name="eu-261-2004", *, km, late=None, kind="delay", **facts):
    """Return what a flight pays."""
    if late is not None:
        facts["arrival_delay_minutes"] = late
    return pays(name, type=kind, distance_km=km, **facts)


class TestFlights:
    @pytest.mark.parametrize(
        ("km", "intra_eu", "late", "due"),
        [
            (1500, True, 180, "250.00"),
            (1501, False, 180, "400.00"),
            (3500, False, 239, "400.00"),
            (3501, True, 180, "400.00"),
            (3501, True, 239, "400.00"),
            (9000, True, 600, "400.00"),
            (3501, False, 179, "0.00"),
            (3501, False, 180, "300.00"),
            (3501, False, Decimal("239.9"), "300.00"),
            (3501, False, 240, "600.00"),
        ],
    )
    def test_a_delay_pays_by_distance(self, km, intra_eu, late, due):
        """Within the EU 400 is the most, and no delay halves it."""
        assert flown(km=km, intra_eu=intra_eu, late=late) == due

    @pytest.mark.parametrize(
        ("notice", "early", "late", "due"),
        [
            (14, None, None, "0.00"),
            (13, None, None, "250.00"),
            (13, 120, 239, "0.00"),
            (13, 121, 239, "250.00"),
            (13, 120, 240, "250.00"),
            (7, 120, 239, "0.00"),
            (6, 120, 121, "250.00"),
            (6, 60, 119, "0.00"),
            (6, 60, 120, "125.00"),
            (6, 61, 119, "125.00"),
            (0, -30, -5, "0.00"),
        ],
    )
    def test_a_cancellation_is_exempt_by_notice_and_re_routing(
        self, notice, early, late, due
    ):
        """Each rung of the exemption ends where the law says, to the minute."""
        facts = {"notice_days": notice}
        if early is not None:
            facts |= {
                "reroute_departs_early_minutes": early,
                "reroute_arrives_late_minutes": late,
            }
        assert flown(km=1200, kind="cancellation", **facts) == due

    @pytest.mark.parametrize(
        ("km", "intra_eu", "late", "due"),
        [
            (1500, True, 120, "125.00"),
            (1500, True, 121, "250.00"),
            (2000, True, 180, "200.00"),
            (4000, True, 180, "200.00"),
            (4000, True, 181, "400.00"),
            (4000, False, 240, "300.00"),
            (4000, False, 241, "600.00"),
        ],
    )
    @pytest.mark.parametrize("kind", ["cancellation", "denied_boarding"])
    def test_a_re_routing_halves_by_band(self, kind, km, intra_eu, late, due):
        """Two, three and four hours, each included."""
        facts = {"intra_eu": intra_eu, "reroute_arrives_late_minutes": late}
        facts |= {"reroute_departs_early_minutes": 600, "notice_days": 0}
        assert flown(km=km, kind=kind, **facts) == due

    def test_extraordinary_circumstances(self):
        """They excuse a delay and a cancellation, never denied boarding."""
        for kind in ("delay", "cancellation"):
            assert flown(km=100, kind=kind, extraordinary=True) == "0.00"
        assert flown(km=100, kind="denied_boarding", extraordinary=True) == "250.00"

    def test_what_matters_is_asked_for(self):
        """The EU question above 3,500 km only, the re-routing if there is one."""
        late = {"arrival_delay_minutes": 200}
        assert pays("eu-261-2004", distance_km=3500, **late) == "400.00"
        with pytest.raises(MissingFactError, match="'intra_eu': whether the flight"):
            pays("eu-261-2004", distance_km=3501, **late)
        with pytest.raises(MissingFactError, match="notice_days"):
            flown(km=100, kind="cancellation")
        with pytest.raises(MissingFactError, match="reroute_arrives_late_minutes"):
            flown(
                km=100,
                kind="cancellation",
                notice_days=1,
                reroute_departs_early_minutes=10,
            )
        with pytest.raises(MissingFactError, match="reroute_departs_early_minutes"):
            flown(
                km=100,
                kind="cancellation",
                notice_days=1,
                reroute_arrives_late_minutes=10,
            )

    @pytest.mark.parametrize(
        ("km", "late", "due"),
        [(1500, 180, "220.00"), (3500, 180, "350.00"), (3501, 239, "260.00"),
         (3501, 240, "520.00"), (3501, 179, "0.00")],
    )  # fmt: skip
    def test_the_united_kingdom(self, km, late, due):
        """There is no band for flights within the EU."""
        assert flown("uk-261", km=km, late=late) == due

    def test_the_reform_is_not_in_force(self):
        """It names what is; from the day on which it may be, it warns."""
        for on in (None, date(2026, 11, 21), date(2027, 6, 30)):
            with pytest.raises(
                InvalidEventError, match=r"not in force.*use eu-261-2004"
            ):
                schemes.get("eu-261-reform", on=on)
        with pytest.warns(UnverifiedSchemeWarning, match="partly"):
            reform = schemes.get("eu-261-reform", on=date(2028, 1, 1), intra_eu=False)
        flight = {"type": "delay", "distance_km": 5000}
        for late, due in ((179, 0), (180, 300), (240, 300), (241, 600)):
            found = reform.assess(flight | {"arrival_delay_minutes": late})
            assert found.amount == money(due, "EUR")
        lost = {"type": "cancellation", "notice_days": 0, "distance_km": 5000}
        again = {
            "reroute_arrives_late_minutes": 200,
            "reroute_departs_early_minutes": 0,
        }
        assert reform.assess(lost | again).amount == money(600, "EUR")
        assert reform.assess({"distance_km": 1, "arrival_delay_minutes": 180}).amount
        listed = next(s for s in schemes.list() if s.id == "eu-261-reform")
        with pytest.raises(InvalidEventError, match="use eu-261-2004"):
            listed.assess(flight)

    @pytest.mark.parametrize(
        ("facts", "due"),
        [
            ({"delay_hours": Decimal("2.99")}, "0.00"),
            ({"delay_hours": 3, "carrier": "large"}, "400.00"),
            ({"delay_hours": 6, "carrier": "small"}, "250.00"),
            ({"delay_hours": 9, "carrier": "large"}, "1000.00"),
            ({"delay_hours": 9, "carrier": "large", "notice_days": 14}, "1000.00"),
            ({"delay_hours": 9, "carrier": "large", "notice_days": 15}, "0.00"),
            ({"delay_hours": 9, "within_control": False}, "0.00"),
            ({"delay_hours": 9, "for_safety": True}, "0.00"),
            ({"refund_instead": True, "carrier": "large"}, "400.00"),
            ({"refund_instead": True, "carrier": "small"}, "125.00"),
            ({"refund_instead": True, "for_safety": True}, "0.00"),
        ],
    )
    def test_canada(self, facts, due):
        """Size of the carrier and delay, unless excused; or a refund instead."""
        assert pays("ca-appr", **facts) == due

    @pytest.mark.parametrize(
        ("fare", "facts", "due"),
        [
            (300, {"late_hours": 1}, "0.00"),
            (300, {"late_hours": Decimal("1.1")}, "600.00"),
            (300, {"late_hours": 2, "international": False}, "1200.00"),
            (300, {"late_hours": Decimal("3.9"), "international": True}, "600.00"),
            (300, {"late_hours": 4}, "1200.00"),
            (600, {"late_hours": 4}, "2150.00"),
            (538, {"late_hours": "1.5"}, "1075.00"),
            (100, {"alternative_offered": False}, "400.00"),
        ],
    )
    def test_denied_boarding_in_the_united_states(self, fare, facts, due):
        """Twice or four times the fare, capped; no alternative is the worst."""
        assert pays("us-dbc", one_way_fare=fare, **facts) == due

    def test_whether_it_goes_abroad_is_asked_between_two_and_four_hours(self):
        """Before and after it makes no difference."""
        with pytest.raises(MissingFactError, match="international"):
            pays("us-dbc", one_way_fare=100, late_hours=3)


class TestTrainsAndShips:
    @pytest.mark.parametrize(
        ("facts", "due"),
        [
            ({"ticket": 80, "delay_minutes": 59}, "0.00"),
            ({"ticket": 80, "delay_minutes": 60}, "20.00"),
            ({"ticket": 80, "delay_minutes": 120}, "40.00"),
            ({"ticket": 80, "delay_minutes": 120, "extraordinary": True}, "0.00"),
            ({"ticket": 15, "delay_minutes": 60, "threshold": 4}, "0.00"),
            ({"ticket": 15, "delay_minutes": 60}, "3.75"),
            ({"ticket": 16, "delay_minutes": 60, "threshold": 4}, "4.00"),
            (
                {"ticket": 32, "delay_minutes": 60, "threshold": 4}
                | {"return_ticket": True},
                "4.00",
            ),
            ({"ticket": "33.30", "delay_minutes": 60}, "8.33"),
            ({"ticket": "33.34", "delay_minutes": 60}, "8.34"),
            ({"ticket": "0.02", "delay_minutes": 60}, "0.01"),
        ],
    )
    def test_rail(self, facts, due):
        """A share of the leg's price, half up, from the threshold on."""
        assert pays("eu-rail-2021-782", **facts) == due

    def test_no_carrier_may_set_a_higher_threshold(self):
        """The law allows 4 EUR at most, and the error says so."""
        with pytest.raises(InvalidEventError, match=r"threshold.*at most 4\.00 EUR"):
            pays("eu-rail-2021-782", ticket=80, delay_minutes=90, threshold="4.01")

    @pytest.mark.parametrize(
        ("planned", "limit"), [(240, 60), (241, 120), (480, 120), (481, 180),
                               (1440, 180), (1441, 360)],
    )  # fmt: skip
    def test_sea(self, planned, limit):
        """A quarter from the limit on, half beyond double, exactly double not."""
        dues = [
            pays(
                "eu-sea-1177-2010", ticket=60, scheduled_minutes=planned, late_minutes=m
            )
            for m in (limit - 1, limit, 2 * limit, 2 * limit + 1)
        ]
        assert dues == ["0.00", "15.00", "15.00", "30.00"]

    @pytest.mark.parametrize(
        ("ticket", "scheme", "dues"),
        [
            ("single", "DR15", "0 25 25 50 50 100 100 100"),
            ("single", "DR30", "0 0 0 50 50 100 100 100"),
            ("return", "DR15", "0 12.5 12.5 25 25 50 50 100"),
            ("return", "DR30", "0 0 0 25 25 50 50 100"),
        ],
    )
    def test_delay_repay(self, ticket, scheme, dues):
        """Each band begins on its minute, by kind of ticket and scheme."""
        repay = load("uk-delay-repay", scheme=scheme)
        found = [
            assessed(repay, {"price": 100, "delay": delay, "ticket": ticket}).amount
            for delay in (14, 15, 29, 30, 59, 60, 119, 120)
        ]
        assert [due.amount for due in found] == [Decimal(due) for due in dues.split()]

    def test_delay_repay_asks_for_what_matters(self):
        """The scheme below half an hour, the ticket below two hours."""
        assert pays("uk-delay-repay", delay=14) == "0.00"
        assert pays("uk-delay-repay", delay=120, price=9) == "9.00"
        with pytest.raises(MissingFactError, match=r"'scheme'.*DR15, DR30") as caught:
            pays("uk-delay-repay", delay=20, price=9, ticket="single")
        assert (caught.value.scheme, caught.value.fact) == ("uk-delay-repay", "scheme")
        with pytest.raises(MissingFactError, match=r"'ticket'.*single, return"):
            pays("uk-delay-repay", delay=60, price=9)

    def test_two_singles_are_not_a_return(self):
        """Such a ticket is refused, and the trap says what to give."""
        with pytest.raises(InvalidEventError, match=r"is unknown.*single, return"):
            pays("uk-delay-repay", delay=60, price=9, ticket="2 x one-way")
        assert any("Two singles" in n for n in load("uk-delay-repay").notes)
