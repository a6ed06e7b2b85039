"""Roles: who has which, and what each may do."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from attrs import field, frozen
from moneyed import Money

from complaint_lifecycle.access.asking import REPEAT, Intent
from complaint_lifecycle.access.limits import Ledger, refused_for_money
from complaint_lifecycle.amounts import amount_or_none
from complaint_lifecycle.checks import reference
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import Event

ANYTHING = "*"
"""Stands for every action, forgetting included."""


def _actions(given: Iterable[str | type[Event]]) -> frozenset[str]:
    if isinstance(given, str):
        rule = "must be a list of actions, not one text"
        raise InvalidEventError("Role.may", repr(given)[:80], rule)
    return frozenset(map(_action, given))


def _action(given: Any) -> str:
    if isinstance(given, type) and issubclass(given, Event):
        return given.kind
    return reference(given, "Role.may")


def _gives(given: Money | None) -> Money | None:
    amount = amount_or_none(given, "Role.gives")
    if amount is not None and amount.amount < 0:
        rule = "must not be negative"
        raise InvalidEventError("Role.gives", str(amount.amount), rule)
    return amount


@frozen(kw_only=True)
class Role:
    """What those of one role may do.

    Attributes:
        may: The actions: facts by their class or kind, ``READ``, ``FORGET``, or
            ``ANYTHING``.

        gives: How much may stand for one customer on the word of this role alone, and
            be approved by it; ``None`` for nothing that is worth money.

        confidential: Whether it may deal with complaints that are confidential.

    >>> from complaint_lifecycle.events import Thanked
    >>> Role(may=[Thanked, "read"]).covers("Thanked")
    True
    """

    may: frozenset[str] = field(converter=_actions)
    gives: Money | None = field(default=None, converter=_gives)
    confidential: bool = False

    def covers(self, action: str) -> bool:
        """Tell whether an action is among those of the role."""
        return action in self.may or ANYTHING in self.may


def _roles(given: Mapping[str, Role]) -> dict[str, Role]:
    return {reference(name, "Roles.roles"): role for name, role in given.items()}


@frozen(kw_only=True)
class Roles:
    """An ``Access`` by roles. Whoever and whatever it does not know, it refuses.

    Beside the actions of a role it keeps four rules:

    - Nobody deals with a complaint about themselves.
    - What is confidential is for the roles that are cleared for it.
    - Who made an offer does not approve it.
    - What stands for a customer, over all their complaints, stays within what the role
      of whoever offers or approves may give. An offer above that names the role that
      has to approve it, and is accepted and delivered only once it is approved.

    Attributes:
        of: Returns the name of somebody's role, or ``None``.

        roles: The roles by their names.

        accused_may: The actions that remain to people complained of, such as
            ``Apologised``.

        per: How long what was offered on other complaints counts; by default for ever.
            With it, nobody may give an offer an earlier date.

        convert: Returns an amount in another currency, given the amount and the code.
            Without it, amounts in another currency than the limit are refused.

    >>> from complaint_lifecycle import Desk, Received, Thanked
    >>> from complaint_lifecycle.errors import AccessDeniedError
    >>> staff = {"ana": "agent", "mailbox": "intake"}
    >>> roles = Roles(
    ...     of=staff.get,
    ...     roles={"intake": Role(may=[Received]), "agent": Role(may=[Thanked, "read"])},
    ... )
    >>> refusals = []
    >>> desk = Desk(access=roles, audit=refusals.append)
    >>> first = Received(customer="C-1", channel="email")
    >>> complaint = desk.receive(first, by="mailbox", id="c-1")
    >>> desk.record("c-1", Thanked(), by="ana").state
    'thanked'
    >>> desk.seen_by("mailbox").complaint("c-1")
    Traceback (most recent call last):
    complaint_lifecycle.errors.AccessDeniedError: 'mailbox' may not read complaint ...
    >>> [(denied.by, denied.action, denied.reason) for denied in refusals]
    [('mailbox', 'read', "role 'intake' does not include read")]
    """

    of: Callable[[str], str | None]
    roles: Mapping[str, Role] = field(converter=_roles)
    accused_may: frozenset[str] = field(default=frozenset(), converter=_actions)
    per: timedelta | None = None
    convert: Callable[[Money, str], Money] | None = None

    def __call__(self, intent: Intent, /) -> str | None:
        """Say why somebody may not do what they want, or ``None`` if they may."""
        name = self.of(intent.by)
        if name is None:
            return f"{intent.by!r} has no role: give them one"
        role = self.roles.get(name)
        if role is None:
            return f"there is no role {name!r}: describe it to Roles"
        if intent.action == REPEAT:
            return None
        if not role.covers(intent.action):
            return f"role {name!r} does not include {intent.action}"
        return self._refused_here(intent, name, role) or refused_for_money(
            intent, name, role.gives, self._ledger()
        )

    def _refused_here(self, intent: Intent, name: str, role: Role) -> str | None:
        complaint = intent.complaint
        if intent.by in complaint.about and intent.action not in self.accused_may:
            return "nobody deals with a complaint about themselves: ask somebody else"
        if complaint.confidential and not role.confidential:
            return f"it is confidential, and role {name!r} is not cleared for that"
        return None

    def _ledger(self) -> Ledger:
        gives = {name: role.gives for name, role in self.roles.items()}
        return Ledger(of=self.of, gives=gives, per=self.per, convert=self.convert)
