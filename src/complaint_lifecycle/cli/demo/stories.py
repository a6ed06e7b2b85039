"""What becomes of each letter of the bundled inbox: who does what, and when."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from heapq import merge
from operator import attrgetter

from complaint_lifecycle.cli.demo.bargains import bargain, must_be_approved
from complaint_lifecycle.cli.demo.course import (
    DAY,
    FORTNIGHT,
    HOUR,
    INBOX,
    MOMENT,
    REACTION,
    Act,
    Course,
)
from complaint_lifecycle.events import (
    Accepted,
    Answered,
    Apologised,
    Archived,
    Asked,
    Assigned,
    CustomerWrote,
    Delivered,
    Escalated,
    Event,
    Explained,
    Fixed,
    Gathered,
    Level,
    Merged,
    OfferApproved,
    Outcome,
    Prevented,
    Promised,
    Referred,
    Thanked,
    Updated,
    VerificationAttempted,
    Verified,
    Withdrawn,
)
from complaint_lifecycle.inbox import Letter, Story

HASTY = "max"

Acts = Iterator[Act]

_in_time = attrgetter("at")


def on_one_timeline(letters: Iterable[Letter]) -> Acts:
    """Tell the stories of all letters at once, in the order of their instants."""
    return merge(*map(story_of, letters), key=_in_time)


def story_of(letter: Letter) -> list[Act]:
    """Tell what becomes of one letter, from its arrival to the archive."""
    c = Course(letter)
    tell = _STORIES.get(letter.story, _all_steps)
    return [
        c.act(c.received, letter.received(), by=INBOX),
        *sorted((*tell(c), *bargain(c)), key=_in_time),
    ]


def _all_steps(c: Course) -> Acts:
    yield from _first_reply(c)
    yield from _question(c)
    yield from _renewal(c)
    yield c.act(c.gathered, _found_out(c))
    yield c.act(c.fixed, _fixed(c), by=c.team)
    yield from _customer_writes(c)
    yield from _verification(c)


def _first_reply(c: Course) -> Acts:
    asked = (Asked(text=c.letter.question),) if c.letter.question else ()
    yield c.act(c.replied, *_welcome(c), _sorry(c), _promise(c), *asked)


def _welcome(c: Course) -> tuple[Event, ...]:
    thanked = Thanked(text=c.phrases.thanks)
    return thanked, Explained(helps=c.process, text=c.letter.helps)


def _sorry(c: Course) -> Event:
    return Apologised(text=c.phrases.regret)


def _promise(c: Course) -> Event:
    return Promised(what=c.letter.promise, due=c.due, owner=c.team)


def _promise_again(c: Course, due: datetime) -> Event:
    what = f"{c.phrases.again}{c.letter.promise}"
    return Promised(what=what, due=due, owner=c.helper)


def _question(c: Course) -> Acts:
    if c.letter.answer:
        yield c.act(c.answered, Answered(text=c.letter.answer), by=INBOX)


def _renewal(c: Course) -> Acts:
    """Renew a promise that cannot be kept: in time, or once the customer complains."""
    later = c.fixed + 4 * HOUR
    if c.due < c.wrote < c.fixed:
        yield c.act(c.wrote + HOUR, _promise_again(c, later))
    elif c.due < c.fixed:
        renewed = Promised(what=c.letter.promise, due=later, owner=c.team)
        yield c.act(c.due - c.patience // 10, renewed)


def _found_out(c: Course) -> Event:
    return Gathered(fault=c.letter.fault, finding=c.letter.cause)


def _fixed(c: Course) -> Event:
    upheld = c.letter.story is not Story.NOT_UPHELD
    outcome = Outcome.PUT_RIGHT if upheld else Outcome.EXPLAINED
    return Fixed(outcome=outcome)


def _customer_writes(c: Course) -> Acts:
    """Take what the customer writes; while we are still at work, answer with news."""
    again = c.letter.follow_up
    if again is not None:
        wrote = CustomerWrote(text=again.text, channel=again.channel)
        yield c.act(c.wrote, wrote, by=INBOX)
    if c.wrote < c.fixed:
        news = Updated(text=c.phrases.news)
        yield c.act(c.wrote + REACTION, news, *_handed_up(c))


def _handed_up(c: Course) -> tuple[Event, ...]:
    """Let somebody else see to an angry customer: the second line, or the lead."""
    if not c.displeased:
        return ()
    if c.grave:
        reason = "the customer had to write again"
        return (Escalated(owner=c.helper, reason=reason),)
    return (Assigned(owner=c.helper),)


def _verification(c: Course) -> Acts:
    if c.thanked_or_blamed and c.displeased:
        at = c.wrote + REACTION
        yield c.act(at, Verified(satisfied=False), *_handed_up(c))
        yield from _second_round(c, at + HOUR)
    else:
        at = c.wrote + REACTION if c.thanked_or_blamed else c.fixed + DAY
        yield c.act(at, Verified(satisfied=True))
        yield from _ending(c, at)


def _second_round(c: Course, at: datetime) -> Acts:
    sorry = Apologised(level=Level.RESPONSIBILITY, text=c.phrases.responsibility)
    promise = _promise_again(c, at + c.patience)
    yield c.proposal(at, sorry, promise)
    if must_be_approved(c):
        yield c.act(at + REACTION, OfferApproved(), by=c.lead)
    fixed = at + c.patience // 2
    yield c.act(fixed, _found_out(c), _fixed(c), by=c.helper)
    yield c.act(fixed + DAY, Accepted())
    delivered = fixed + 2 * DAY
    yield c.act(delivered, Delivered(), by=c.lead)
    yield c.act(delivered + HOUR, Verified(satisfied=True))
    yield from _ending(c, delivered + HOUR)


def _ending(c: Course, at: datetime) -> Acts:
    prevented = at + 20 * HOUR
    yield c.act(prevented, _lesson(c, prevented), by=c.lead)
    yield c.act(prevented + FORTNIGHT, Archived(), by=c.lead)


def _lesson(c: Course, at: datetime) -> Event:
    return Prevented(
        process=c.process,
        action=c.letter.prevention,
        owner=c.lead,
        due=(at + FORTNIGHT).date(),
    )


def _one_contact(c: Course) -> Acts:
    """Take all eight steps in one conversation, hence in one record."""
    steps = (*_welcome(c), _sorry(c), _promise(c), _found_out(c), _fixed(c))
    lesson = _lesson(c, c.replied)
    yield c.act(c.replied, *steps, Verified(satisfied=True), lesson)
    yield c.act(c.replied + FORTNIGHT, Archived(), by=c.lead)


def _silence(c: Course) -> Acts:
    """Ask in vain, and go on unverified."""
    yield from _first_reply(c)
    yield c.act(c.gathered, _found_out(c))
    yield c.act(c.fixed, _fixed(c), by=c.team)
    known = c.letter.story is not Story.ANONYMOUS
    channels = (
        (c.letter.channel, "phone", "email") if known else (c.letter.channel,) * 3
    )
    for day, channel in enumerate(channels, start=1):
        yield c.act(c.fixed + day * DAY, VerificationAttempted(channel=channel))
    at = c.fixed + 4 * DAY
    yield c.act(at, Verified(satisfied=None))
    yield from _ending(c, at)


def _haste(c: Course) -> Acts:
    """Let somebody skip steps, to be refused each time."""
    early = c.received + c.patience // 50
    yield c.act(early, Apologised(), by=HASTY)
    yield c.act(early + MOMENT, Fixed(), by=HASTY)
    if c.letter.question:
        yield c.act(c.replied + MOMENT, _found_out(c), by=HASTY)
    yield c.act(c.fixed + HOUR, Verified(satisfied=None), by=HASTY)
    yield from _all_steps(c)


def _about_staff(c: Course) -> Acts:
    """Let the person complained of try to take it over, to be refused each time."""
    for act in _all_steps(c):
        if act.at == c.replied:
            *before, promise = act.events
            yield c.act(act.at, *before)
            yield c.act(act.at + MOMENT, promise, by=c.letter.about)
            yield c.act(act.at + 2 * MOMENT, promise)
        else:
            yield act
    yield c.act(c.gathered + MOMENT, Fixed(), by=c.letter.about)


def _referral(c: Course) -> Acts:
    yield from _first_reply(c)
    yield c.act(c.gathered, _found_out(c))
    if c.letter.refer_to:
        there = c.letter.refer_to
        yield c.act(c.fixed, Referred(instance=there.instance, how=there.how))
    yield from _customer_writes(c)
    if c.displeased:
        yield c.act(c.wrote + REACTION, *_handed_up(c))
    yield from _ending(c, c.wrote)


def _withdrawal(c: Course) -> Acts:
    yield from _first_reply(c)
    yield from _customer_writes(c)
    yield c.act(c.wrote + HOUR, Withdrawn())
    yield from _ending(c, c.wrote + HOUR)


def _merger(c: Course) -> Acts:
    yield c.act(c.replied, *_welcome(c))
    if c.letter.duplicate_of:
        yield c.act(c.replied + MOMENT, Merged(into=c.letter.duplicate_of))


_STORIES: dict[Story, Callable[[Course], Acts]] = {
    Story.ONE_CONTACT: _one_contact,
    Story.SILENT: _silence,
    Story.ANONYMOUS: _silence,
    Story.HASTY: _haste,
    Story.ABOUT_STAFF: _about_staff,
    Story.REFERRED: _referral,
    Story.WITHDRAWN: _withdrawal,
    Story.DUPLICATE: _merger,
}
