"""The small vocabularies that facts are made of."""

from enum import StrEnum


class Step(StrEnum):
    """The eight steps of "a complaint is a gift" (Barlow and Møller), in order.

    The value of each is the trigger of its transition on the chart.
    """

    THANK = "thank"
    EXPLAIN = "explain"
    APOLOGISE = "apologise"
    PROMISE = "promise"
    GATHER = "gather"
    FIX = "fix"
    VERIFY = "verify"
    PREVENT = "prevent"


class Severity(StrEnum):
    """How much harm was done."""

    MINOR = "minor"
    MODERATE = "moderate"
    SERIOUS = "serious"
    CRITICAL = "critical"


class Fault(StrEnum):
    """Where the fault lies."""

    COMPANY = "company"
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"
    NOBODY = "nobody"


class Level(StrEnum):
    """How far an apology goes: regret for the trouble, or responsibility for it."""

    REGRET = "regret"
    RESPONSIBILITY = "responsibility"


class Outcome(StrEnum):
    """How a complaint was fixed.

    ``EXPLAINED`` (not upheld) and ``DECLINED`` let a refused claim walk on to
    verification and prevention like any other.
    """

    PUT_RIGHT = "put_right"
    EXPLAINED = "explained"
    DECLINED = "declined"
