"""Roles: a table of who may do what in every state, and a desk that keeps to it."""

from itertools import product

import pytest
from guarding import LIFECYCLE, SORRY, guarded
from walks import MONDAY, STEPS, new_desk, received

from complaint_lifecycle import Desk, MemoryJournal, Received, Thanked, money
from complaint_lifecycle.access import ANYTHING, READ, Role, Roles
from complaint_lifecycle.errors import (
    AccessDeniedError,
    InvalidEventError,
    RefusedError,
)
from complaint_lifecycle.events import (
    EVENTS,
    Absorbed,
    Accepted,
    Apologised,
    Archived,
    Asked,
    Assigned,
    Escalated,
    Event,
    Merged,
    Offered,
    Reclassified,
    Referred,
    Step,
    Withdrawn,
)
from complaint_lifecycle.journal import Batch

GIVEN: dict[str, Event] = {
    **{type(event).__name__: event for event in STEPS.values()},
    "Received": Received(customer="C-1", channel="email"),
    "Asked": Asked(),
    "Assigned": Assigned(owner="ana"),
    "Escalated": Escalated(line=2, owner="ana"),
    "Offered": Offered(offer=SORRY),
    "Reclassified": Reclassified(category="glass"),
    "Referred": Referred(instance="the carrier", how="by phone"),
}
FACTS = {
    kind.kind: GIVEN.get(kind.kind) or kind()
    for kind in EVENTS
    if not kind.by_desk and kind not in (Merged, Absorbed)
}
STEPS_DONE = [STEPS[step] for step in Step]
WAYS: dict[str, list[Event]] = {
    "received": [],
    **{
        state: STEPS_DONE[: number + 1]
        for number, state in enumerate(
            [
                "thanked",
                "explained",
                "apologised",
                "promised",
                "gathered",
                "fixed",
                "verified",
                "prevented",
            ]
        )
    },
    "archived": [*STEPS_DONE, Archived()],
    "referred": [*STEPS_DONE[:5], GIVEN["Referred"]],
    "withdrawn": [Thanked(), Withdrawn()],
    "received, with an offer": [Offered(offer=SORRY), Asked()],
    "thanked, and accepted": [Thanked(), Offered(offer=SORRY), Accepted()],
}

# The oracle: written apart from Role, in words.
MAY = {
    "intake": "Received CustomerWrote Answered Accepted Declined",
    "agent": "read Thanked Explained Apologised Promised Gathered Fixed Verified Asked "
    "Answered CustomerWrote Updated Offered Accepted Declined Assigned Escalated",
    "auditor": "read",
    "supervisor": f"read forget {' '.join(FACTS)}",
}
CLEARED = {"auditor", "supervisor"}
STAFF = {role: role for role in MAY} | {"fired": "former"}
EVERYBODY = [*STAFF, "stranger"]
ROLES = {
    "intake": Role(may=MAY["intake"].split()),
    "agent": Role(may=MAY["agent"].split()),
    "auditor": Role(may=[READ], confidential=True),
    "supervisor": Role(may=[ANYTHING], confidential=True),
}


def expected(by: str, action: str, *, confidential: bool, accused: bool) -> bool:
    """Say by the tables above whether somebody may do something."""
    return (
        by in MAY
        and action in MAY[by].split()
        and not accused
        and (by in CLEARED or not confidential)
    )


def on_its_way(way: str, **fields) -> tuple:
    """Return the entries of a complaint that has come so far."""
    first = Received(**{"customer": "C-1", "channel": "email"} | fields)
    new = LIFECYCLE.new("c-1")
    return LIFECYCLE.decide(new, [first, *WAYS[way]], at=MONDAY, by="form")[0]


def journal_with(entries: tuple) -> MemoryJournal:
    """Make a journal that holds one complaint, or nothing."""
    journal = MemoryJournal()
    if entries:
        journal.append([Batch("c-1", 0, entries)])
    return journal


def attempted(desk: Desk, by: str, action: str) -> object:
    """Read or record; return what came of it."""
    try:
        if action == READ:
            return desk.seen_by(by).complaint("c-1")
        return desk.record("c-1", FACTS[action], by=by)
    except (AccessDeniedError, RefusedError) as error:
        return error


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["plain", "confidential", "about"])
def test_every_role_may_do_in_every_state_what_the_table_says(way: str, kind: str):
    """Each action is done or refused; a refusal is on record once, and changes nothing."""
    access = Roles(of=STAFF.get, roles=ROLES)
    for by, action in product(EVERYBODY, [READ, *FACTS]):
        about = by if kind == "about" else None
        entries = on_its_way(way, confidential=kind == "confidential", about=about)
        journal = journal_with(entries)
        desk, refused = guarded(access, journal)
        before = LIFECYCLE.replay(entries)
        came = attempted(desk, by, action)
        rule = {"confidential": kind == "confidential", "accused": kind == "about"}
        if not expected(by, action, **rule):
            assert isinstance(came, AccessDeniedError)
            assert (came.by, came.action, came.complaint_id) == (by, action, "c-1")
            assert [(d.at, d.by, d.action, d.complaint_id) for d in refused] == [
                (MONDAY, by, action, "c-1")
            ]
            assert journal.entries("c-1") == entries
            if not expected(by, READ, **rule):
                nothing, refused = guarded(access)
                missing = attempted(nothing, by, action)
                assert (str(missing), vars(missing)) == (str(came), vars(came))
                assert len(refused) == 1
            continue
        assert refused == []
        if action == READ:
            assert came == before
        elif LIFECYCLE.refusal(before, FACTS[action], at=MONDAY, by=by):
            assert isinstance(came, RefusedError)
            assert journal.entries("c-1") == entries
        else:
            assert came.version > before.version
            assert journal.entries("c-1")[-1].event == FACTS[action]


class TestRoles:
    def test_a_role_is_made_of_facts_and_words(self):
        """Mistakes are told when it is made."""
        assert Role(may=[Thanked, "read"]).may == {"Thanked", "read"}
        for may in ("read", [""], [3]):
            with pytest.raises(InvalidEventError, match=r"Role\.may"):
                Role(may=may)
        with pytest.raises(InvalidEventError, match="must not be negative"):
            Role(may=[], gives=money(-1, "EUR"))
        with pytest.raises(InvalidEventError):
            Roles(of=STAFF.get, roles={"": Role(may=[])})

    def test_some_actions_may_remain_to_people_complained_of(self):
        """Such as to apologise, where the host says so."""
        access = Roles(of=STAFF.get, roles=ROLES, accused_may=[Apologised])
        desk, _ = guarded(access)
        received(new_desk(desk.journal), about="agent")
        with pytest.raises(AccessDeniedError):
            desk.record("c-1", Thanked(), by="agent")
        desk.record("c-1", STEPS[Step.THANK], STEPS[Step.EXPLAIN], by="supervisor")
        assert desk.record("c-1", Apologised(), by="agent").state == "apologised"
