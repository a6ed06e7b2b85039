"""Fairness: nobody is offered something else only for being somebody else."""

from datetime import timedelta

from attrs import evolve
from situations import eur, situation, with_offers
from walks import new_desk, walked

from complaint_lifecycle import Apologised, Asked, Offer, Promised, Remedy, Step
from complaint_lifecycle.compensation import (
    Situation,
    capped,
    channel,
    consistency,
    expires,
    first_of,
    limited,
    public,
    refund,
    severity,
    twins,
    when,
)
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.durations import elapsed_hours, months

LOUD = first_of(when(channel("social") | public(), refund(eur(50))), refund(eur(20)))


def asked(**fields: object) -> Situation:
    """Make a situation that differs in what is said."""
    return situation(**({"severity": "serious"} | fields))


def test_a_pair_that_differs_in_its_channel_only_is_found():
    """With the rules that did it."""
    mail, social = asked(channel="email"), asked(channel="social")
    (found,) = consistency(LOUD, [mail, social])
    assert found.differ == ("channel",)
    assert (found.one, found.other) == (mail, social)
    assert [offer.total for offer in found.offers] == [eur(20), eur(50)]
    assert found.rules == ("flat", "when")
    assert str(found) == (
        "channel 'email' and 'social': 20.00 EUR and 50.00 EUR, by flat, when"
    )


def test_what_happened_may_change_an_offer():
    """Another severity is another case, and so is what was given before."""
    policy = when(severity("critical"), refund(eur(50)))
    cases = [asked(severity="critical"), asked(severity="minor", channel="phone")]
    assert consistency(policy, cases) == ()
    history = limited(refund(eur(50)), per=months(12), times=1)
    before, never = with_offers(20), with_offers()
    assert [history(each) is None for each in (before, never)] == [True, False]
    assert consistency(history, [before, evolve(never, now=before.now)]) == ()


def test_a_policy_that_looks_at_the_case_alone_is_consistent():
    """Whoever asks, in whichever language."""
    people = [
        asked(customer=f"C-{n}", locale=locale, channel=by, public=loud, audience=many)
        for n, (locale, by, loud, many) in enumerate(
            [("uk", "email", False, None), ("en", "social", True, 9000)]
        )
    ]
    assert consistency(capped(refund("50%"), at=eur(20)), people) == ()
    (found,) = consistency(LOUD, people)
    assert found.differ == ("customer", "locale", "channel", "public", "audience")


def test_an_offer_to_one_and_none_to_the_other_is_told():
    """Also by a policy of the host, which has no rules to name."""

    def whim(situation):
        return None if situation.complaint.locale == "uk" else LOUD(situation)

    (found,) = consistency(whim, [asked(locale="uk"), asked(locale="en")])
    assert str(found) == "locale 'uk' and 'en': nothing and 20.00 EUR, by flat"

    def silent(situation):
        loud = situation.complaint.channel == "social"
        kind = "guarantee" if loud else "apology"
        return Offer(remedies=[Remedy(kind=kind)])

    (found,) = consistency(silent, [asked(), asked(channel="social")])
    assert str(found) == (
        "channel 'email' and 'social': no money and no money, by the policy"
    )


def test_twins_ask_about_people_who_are_not_in_the_list():
    """Every case, as if another one of the customers had made it."""
    mail = asked(channel="email", severity="critical")
    social = asked(channel="social", severity="minor")
    assert consistency(LOUD, [mail, social]) == ()
    found = consistency(LOUD, twins([mail, social]))
    assert len(found) == 2
    assert len(twins([mail, social])) == 4
    assert twins([mail]) == (mail,)


def test_a_history_of_their_own_hides_nobody():
    """Promises, timers and questions at other times are the same case."""
    target = Target("fix", within=elapsed_hours(999))
    desk = new_desk(sla=Sla(calendar=Calendar.always(), targets=[target]))
    cases = []
    for by in ("email", "social"):
        complaint = walked(desk, Step.EXPLAIN, channel=by)
        promise = Promised(
            what="resend it", due=desk.clock.now + timedelta(days=2), owner="ana"
        )
        desk.record(complaint.id, Apologised(), promise, Asked(), by=f"{by} team")
        desk.clock.advance(timedelta(seconds=1))
        cases.append(complaint.id)
    found = consistency(LOUD, map(desk.situation, cases))
    assert [each.differ for each in found] == [("channel",)]


def test_one_odd_case_among_many_is_found_once():
    """Beside one of those who are treated as most are."""
    cases = [asked() for _ in range(300)] + [asked(channel="social")]
    (found,) = consistency(LOUD, cases)
    assert found.other is cases[-1]


def test_twins_are_other_people_in_the_customer_view_as_well():
    """A policy that looks there is caught too."""

    def favours(situation):
        mine = situation.customer.customer == "C-1"
        return refund(eur(5 if mine else 3))(situation)

    cases = [asked(customer="C-1"), asked(customer="C-2", severity="minor")]
    assert len(consistency(favours, twins(cases))) == 2


def test_the_time_that_an_offer_stays_open_is_part_of_it():
    """And who has to approve it."""
    policy = first_of(
        when(channel("social"), expires(refund(eur(20)), within=months(1))),
        refund(eur(20)),
    )
    assert len(consistency(policy, [asked(), asked(channel="social")])) == 1
