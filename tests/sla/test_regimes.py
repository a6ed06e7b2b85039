"""Published regimes: worked examples, what is shipped, and what is said of it."""

import json
import subprocess
import sys
import warnings
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import regime_cases
from walks import MONDAY, new_desk, received

from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import EVENTS, Asked
from complaint_lifecycle.sla import Calendar, regimes
from complaint_lifecycle.sla.durations import calendar_days, months
from complaint_lifecycle.sla.regimes import Limit, UnverifiedRegimeWarning

FACTS = json.loads(
    (Path(__file__).parents[1] / "facts" / "regime_examples.json").read_text("utf-8")
)
BERLIN = Calendar.weekly("Europe/Berlin", mon_fri="09:00-17:00")
# Open every day of the week, closed on one Monday and one Saturday.
SHOP = Calendar.weekly(
    "Asia/Singapore",
    every_day="09:00-21:00",
    holidays=[date(2026, 2, 16), date(2026, 2, 21)],
)


def last_day(duration, start, calendar, **options):
    """Return the local date on which a duration ends."""
    return calendar.date_of(duration.due(start, calendar, **options))


def load(name, on=date(2026, 11, 20), **options):
    """Load a regime without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedRegimeWarning)
        return regimes.get(name, on=on, **options)


@pytest.mark.parametrize("example", FACTS["examples"], ids=lambda e: e["id"])
def test_worked_example(example):
    """A worked example comes out as it was published or computed by hand."""
    found = regime_cases.run(example, FACTS["calendars"][example["calendar"]])
    assert found["due_date"] == date.fromisoformat(example["due_date"])
    for name in ("due_instant", "overdue_from"):
        wanted = example.get(name)
        assert found[name] == (datetime.fromisoformat(wanted) if wanted else None)


@pytest.mark.parametrize("case", FACTS["date_arithmetic"], ids=lambda c: c["id"])
def test_date_arithmetic(case):
    """Months clamp to the last day, days begin on the day after."""
    limit = months(case["months"]) if "months" in case else calendar_days(case["days"])
    start = BERLIN.at(date.fromisoformat(case["start"]), "12:00")
    assert last_day(limit, start, BERLIN) == date.fromisoformat(case["end"])


def test_an_example_may_name_an_extension():
    """The adapter finds what is extended, and what shares its name, by its limit."""
    de = FACTS["calendars"]["de"]
    example = {
        "regime": "uk-housing-ombudsman-code",
        "milestone": "stage1_response",
        "trigger_at_input": "2026-06-01T09:00",
        "trigger": "acknowledged",
        "limit": 20,
        "unit": "business_days",
    }
    assert regime_cases.run(example, de)["due_date"] == date(2026, 6, 29)
    example |= {"regime": "uk-nhs-wales-ni", "milestone": "acknowledge", "limit": 3}
    assert regime_cases.run(example, de)["due_date"] == date(2026, 6, 4)
    example |= {"regime": "au-asic-rg271", "milestone": "final_response_death_benefit"}
    example |= {"limit": 90, "unit": "calendar_days", "trigger": "expiry of the period"}
    assert regime_cases.run(example, de)["due_date"] == date(2026, 8, 30)


@pytest.mark.parametrize("regime", regimes.list(), ids=lambda r: r.id)
def test_every_regime_is_complete(regime):
    """It loads on a day of its validity, says its source, and each limit counts."""
    assert load(regime.id, on=regime.valid_from or date(2026, 11, 20)) == regime
    assert regime.citation
    assert regime.sources or regime.verified == "no"
    kinds = {kind.__name__ for kind in EVENTS}
    for milestone in regime.milestones:
        assert {milestone.since, milestone.until} - {None} <= kinds
        assert milestone.since or any("start:" in n for n in milestone.needs)
        assert milestone.until or any("end:" in n for n in milestone.needs)
        assert (milestone.duration is None) == (milestone.no_limit is not None)
        if milestone.duration:
            assert milestone.due(MONDAY, BERLIN) > MONDAY
        if milestone.extension and milestone.extension.limit and milestone.limit:
            extended = milestone.due(MONDAY, BERLIN, extended=True)
            assert extended > milestone.due(MONDAY, BERLIN)


def test_the_list_is_ordered_and_says_what_is_needed():
    """Regimes come by id; what has no fact of ours is named, not guessed."""
    names = [regime.id for regime in regimes.list()]
    assert names == sorted(set(names))
    assert len(names) >= 31
    assert load("uk-fca-disp").milestone("final_response").until == "FinalResponseSent"
    needs = load("uk-housing-ombudsman-code").needs
    assert needs["stage2_response"] == (
        "to start: the acknowledgement of the request for stage 2",
    )
    assert "stage1_acknowledge" not in needs


def test_milestones_without_a_number_say_why():
    """They have no duration, and their due instant is refused with the reason."""
    prompt = load("uk-fca-disp").milestone("acknowledge")
    assert (prompt.duration, prompt.no_limit) == (None, "promptly")
    assert prompt.rolling("next") == prompt
    with pytest.raises(InvalidEventError, match="promptly"):
        prompt.due(MONDAY, BERLIN)
    fixed = load("uk-fca-disp").milestone("final_response")
    with pytest.raises(InvalidEventError, match="no number is fixed for an extension"):
        fixed.due(MONDAY, BERLIN, extended=True)


@pytest.mark.parametrize(
    ("name", "verified"),
    [
        ("uk-fca-disp", "yes"),
        ("us-reg-e", "partly"),
        ("za-fais-2003", "partly"),
        ("ru-finombudsman-123fz", "no"),
    ],
)
def test_verification_is_carried_over(name, verified):
    """Partly means that a part was not read in a source, or may be stale."""
    assert load(name).verified == verified


def test_a_doubtful_regime_warns():
    """What is not verified, or of unknown first day, warns where it is loaded."""
    with pytest.warns(UnverifiedRegimeWarning, match="verified: no; the first") as seen:
        regimes.get("ru-finombudsman-123fz", on=date(2026, 1, 1))
    assert seen[0].filename == __file__
    with pytest.warns(UnverifiedRegimeWarning, match=r"is unknown\. Not legal advice"):
        regimes.get("uk-ofgem-chs", on=date(2026, 1, 1))
    with pytest.warns(UnverifiedRegimeWarning, match="ie-cbi-cpc: verified: partly"):
        regimes.get("ie-cbi-cpc", on=date(2026, 1, 1))


def test_a_verified_regime_does_not_warn():
    """The example of the documentation is silent."""
    regime = regimes.get("uk-fca-disp", on=date(2026, 11, 20), calendar=BERLIN)
    assert regime.due("final_response", MONDAY) == datetime(
        2026, 4, 27, 21, 59, 59, 999999, tzinfo=UTC
    )


def test_versions_are_picked_by_the_date_of_receipt():
    """Each is reached by its id, and the right one by what they have in common."""
    before, after = date(2026, 4, 7), date(2026, 4, 8)
    assert load("uk-ofcom-adr-2009", before).id == "uk-ofcom-adr-2009"
    assert load("uk-ofcom-adr-2026", after).id == "uk-ofcom-adr-2026"
    assert load("uk-ofcom-adr", before).id == "uk-ofcom-adr-2009"
    assert load("uk-ofcom-adr", after).id == "uk-ofcom-adr-2026"


@pytest.mark.parametrize(
    ("name", "on", "words"),
    [
        (
            "uk-ofcom-adr-2009",
            date(2026, 4, 8),
            "from 2009-01-01 to 2026-04-07, not on 2026-04-08: use uk-ofcom-adr-2026",
        ),
        (
            "uk-ofcom-adr-2026",
            date(2026, 4, 7),
            "from 2026-04-08, not on 2026-04-07: use uk-ofcom-adr-2009",
        ),
        ("uk-ofcom-adr", date(2000, 1, 1), "no version for that date is known"),
        ("uk-fca-dips", date(2026, 1, 1), "did you mean uk-fca-disp"),
        ("xx", date(2026, 1, 1), r"see regimes\.list\(\)"),
        ("uk-fca-disp", MONDAY, "must be a date"),
    ],
)
def test_what_cannot_be_loaded_says_the_way_out(name, on, words):
    """A wrong id lists near ones; a wrong date names the span and the other version."""
    with pytest.raises(InvalidEventError, match=words):
        regimes.get(name, on=on)


def test_a_milestone_is_found_by_name_and_condition():
    """Two that share a name need the condition; an unknown one lists those known."""
    nhs = load("uk-nhs-wales-ni")
    wales = nhs.milestone("acknowledge", condition="Wales")
    assert (str(wales.limit), wales.label) == (
        "2 business days",
        "acknowledge (Wales)",
    )
    with pytest.raises(InvalidEventError, match="one of 'Wales', 'NI primary care'"):
        nhs.milestone("acknowledge")
    with pytest.raises(InvalidEventError, match="none of uk-nhs-wales-ni: acknow"):
        nhs.milestone("reply")
    with pytest.raises(InvalidEventError, match="has no calendar"):
        nhs.due("acknowledge", MONDAY, condition="Wales")


def test_commencing_on_counts_the_day_itself():
    """Six months commencing on a day end before its corresponding date."""
    relevant = load("uk-nhs-england").milestone("response_relevant_period")
    for start, end in [
        (date(2026, 3, 1), date(2026, 8, 31)),
        (date(2026, 3, 31), date(2026, 9, 30)),
        (date(2026, 8, 31), date(2027, 2, 28)),
    ]:
        at = BERLIN.at(start, "10:00")
        assert BERLIN.date_of(relevant.due(at, BERLIN)) == end


def test_less_than_three_months_is_the_day_before():
    """A strict limit ends before the corresponding date, and does not roll."""
    reply = load("eu-rail-2021-782").milestone("reasoned_reply")
    at = BERLIN.at(date(2026, 3, 2), "10:00")
    assert BERLIN.date_of(reply.due(at, BERLIN, extended=True)) == date(2026, 6, 1)
    assert str(reply.extension.limit) == "less than 3 months"


def test_european_limits_roll_from_saturday_whatever_the_hours():
    """A shop open every day does not make Saturday a working day."""
    profile = regimes.profile("eu-1182-71")
    start = SHOP.at(date(2026, 2, 7), "10:00")
    week = profile.duration(Limit(1, "weeks"))  # Saturday 14, Monday 16 is a holiday
    assert last_day(week, start, SHOP) == date(2026, 2, 17)


def test_limits_in_hours_leave_out_the_hour_of_the_event():
    """The hour is that of the calendar's zone, also where offsets are odd."""
    day = regimes.profile("eu-1182-71").duration(Limit(24, "elapsed_hours"))
    kathmandu = Calendar.always("Asia/Kathmandu")  # 5 h 45 min ahead
    start = datetime(2026, 3, 2, 4, 35, tzinfo=UTC)  # 10:20 there
    assert day.due(start, kathmandu) == datetime(2026, 3, 3, 5, 15, tzinfo=UTC)
    plain = regimes.profile("us-plain").duration(Limit(24, "elapsed_hours"))
    assert plain.due(start, kathmandu) == start + timedelta(days=1)


def test_short_limits_in_singapore_skip_sundays_and_holidays():
    """Up to six days skip them, longer ones roll; Saturday is a day like others."""
    profile = regimes.profile("sg-ia-50")
    start = SHOP.at(date(2026, 2, 13), "10:00")  # Friday
    for count, end in [(1, 14), (2, 17), (5, 20), (6, 23)]:
        short = profile.duration(Limit(count, "calendar_days"))
        assert last_day(short, start, SHOP) == date(2026, 2, end)
    longer = profile.duration(Limit(8, "calendar_days"))  # the holiday on Saturday 21
    assert last_day(longer, start, SHOP) == date(2026, 2, 23)


def test_a_pause_moves_a_limit_by_the_dates_that_it_covers():
    """Whole dates in a pause are not counted, of whatever kind."""
    start = BERLIN.at(date(2026, 3, 2), "10:00")
    pauses = [
        (BERLIN.at(date(2026, 3, 3), "00:00"), BERLIN.at(date(2026, 3, 5), "00:00"))
    ]
    office = {"calendar": BERLIN, "pauses": iter(pauses)}
    workdays = regimes.profile("us-plain").duration(Limit(2, "weekdays"))
    assert last_day(workdays, start, **office) == date(2026, 3, 6)
    reply = load("eu-rail-2021-782").milestone("reasoned_reply")  # 2 April, and 2 days
    due = reply.due(start, BERLIN, pauses=iter(pauses))
    assert BERLIN.date_of(due) == date(2026, 4, 6)


def test_weekdays_are_counted_whether_the_office_is_open_or_not():
    """Regulation X leaves out Saturdays even if the servicer is open."""
    acknowledge = load("us-reg-x-1024-35").milestone("acknowledge")
    start = SHOP.at(date(2026, 2, 12), "10:00")  # Thursday; Monday is a holiday
    assert SHOP.date_of(acknowledge.due(start, SHOP)) == date(2026, 2, 20)


def test_where_the_law_is_silent_the_host_chooses():
    """A milestone can roll either way from a weekend."""
    reply = load("ru-59fz").milestone("final_response")
    start = BERLIN.at(date(2026, 3, 5), "10:00")  # 30 days later: Saturday 4 April
    ends = [
        BERLIN.date_of(reply.rolling(roll).due(start, BERLIN)).day
        for roll in ("none", "next", "previous")
    ]
    assert ends == [4, 6, 3]
    longer = reply.rolling("next").due(start, BERLIN, extended=True)
    assert BERLIN.date_of(longer) == date(2026, 5, 4)


def test_a_profile_must_exist():
    """An unknown one lists those that there are."""
    with pytest.raises(InvalidEventError, match="use au-aia-36"):
        regimes.profile("eu")


def test_limits_read_well():
    """They are written as people say them, in the singular where it is one."""
    fca = load("uk-fca-disp")
    assert str(fca.milestone("summary_resolution").limit) == (
        "3 business days, by close of business"
    )
    assert str(load("ua-appeals").milestone("final_response").limit) == "1 month"
    assert regimes.profile("eu-1182-71").verified


def test_the_data_load_once_and_not_before_they_are_wanted():
    """Importing the module reads no file."""
    code = (
        "from complaint_lifecycle.sla import regimes; "
        "before = regimes._data.cache_info().misses; regimes.list(); regimes.list(); "
        "print(before, regimes._data.cache_info().misses)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["0", "1"]


OFFICE = Calendar.weekly("Europe/London", mon_fri="09:00-17:00")


class TestWatching:
    def test_a_desk_watches_the_duties_of_a_regime(self):
        """Eight weeks for a final response, missed once, whatever the customer owes."""
        regime = regimes.get("uk-fca-disp", on=date(2026, 3, 2), calendar=OFFICE)
        desk = new_desk(sla=regime.sla())
        complaint = received(desk)
        desk.record(complaint.id, Asked(), by="ana")
        (timer,) = desk.timers(complaint.id)
        assert timer.cause == "uk-fca-disp: final_response#1"
        assert timer.due == regime.due("final_response", MONDAY)
        desk.clock.advance(timedelta(weeks=9))
        assert desk.tick() == 1

    def test_every_regime_gives_targets_that_are_duties_for_all(self):
        """Options, rights, conditions and facts that we lack are left to the host."""
        for regime in regimes.list():
            named = {target.name for target in regime.sla(OFFICE).targets}
            plain = {
                f"{regime.id}: {m.name}"
                for m in regime.milestones
                if m.duration
                and m.since
                and m.until
                and m.kind == "duty"
                and not (m.condition or m.preceded_by)
            }
            assert named == plain
            labels = {m.label for m in regime.milestones}
            assert len(regime.unwatched) >= len(labels) - len(plain)
            assert all(regime.unwatched.values())

    def test_what_is_not_watched_says_why(self):
        """No number, no duty, or a fact that we do not have."""
        unwatched = load("uk-fca-disp").unwatched
        assert unwatched["acknowledge"] == "promptly"
        assert unwatched["refer_to_ombudsman"].startswith("no duty of the firm: right;")

    def test_without_a_calendar_there_is_no_sla(self):
        """The message says where to give one."""
        with pytest.raises(
            InvalidEventError, match=r"give one here or to regimes\.get"
        ):
            regimes.get("uk-fca-disp", on=date(2026, 3, 2)).sla()
