"""What goes wrong in a simulation, and how often."""

from datetime import timedelta
from random import Random
from typing import Any

from attrs import asdict, field, fields, frozen

from complaint_lifecycle.errors import InvalidEventError

_SCALES = (0, 0.5, 1, 2)


def _share(_: object, attribute: Any, value: object) -> None:
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        rule = "must be a share from 0 to 1"
        raise InvalidEventError(f"Faults.{attribute.name}", repr(value)[:40], rule)


def _span(_: object, attribute: Any, value: object) -> None:
    if not isinstance(value, timedelta) or value < timedelta():
        rule = "must be a timedelta, and not negative"
        raise InvalidEventError(f"Faults.{attribute.name}", repr(value)[:40], rule)


@frozen(kw_only=True, repr=False)
class Faults:
    """What goes wrong, each as a share from 0 to 1.

    Attributes:
        crash: Calls on the journal at which the host dies, before or after them.

        failure: Calls on the journal that raise, before or after they are carried out.

        overtaken: Calls on the journal before which another host comes first.

        lost: Messages of which the request or the answer is lost.

        doubled: Messages that arrive twice.

        wrong: Calls that should not be made: facts out of order, unknown complaints,
            keys used before.

        policy: Answers of the policy that are broken.

        listener: Listeners of a desk that raise.

        clock_step: Ticks before which the clock of the host is set anew.

        delay: How long a message may take.

        skew: How far the clock of a host may be from the true time. More than half of
            what the lifecycle admits makes hosts refuse what others have recorded.

    Raises:
        InvalidEventError: If one is no share, or no span of time.

    >>> Faults.none(crash=0.5)
    Faults.none(crash=0.5)
    """

    crash: float = field(default=0.004, validator=_share)
    failure: float = field(default=0.008, validator=_share)
    overtaken: float = field(default=0.02, validator=_share)
    lost: float = field(default=0.08, validator=_share)
    doubled: float = field(default=0.08, validator=_share)
    wrong: float = field(default=0.1, validator=_share)
    policy: float = field(default=0.2, validator=_share)
    listener: float = field(default=0.02, validator=_share)
    clock_step: float = field(default=0.1, validator=_share)
    delay: timedelta = field(default=timedelta(hours=1), validator=_span)
    skew: timedelta = field(default=timedelta(seconds=30), validator=_span)

    @classmethod
    def none(cls, **but: Any) -> "Faults":
        """Return faults of which none ever happens, but for those named.

        Args:
            **but: Those that do.
        """
        return cls(**{each.name: each.default * 0 for each in fields(cls)} | but)

    @classmethod
    def drawn(cls, random: Random) -> "Faults":
        """Draw which faults happen: each not at all, seldom, as usual or often.

        The clocks stay as far apart as they may be at most.

        Args:
            random: Where chance comes from.
        """
        scaled = {
            each.name: each.default * random.choice(_SCALES)
            for each in fields(cls)
            if each.name != "skew"
        }
        return cls(**scaled)

    def without(self, name: str) -> "Faults":
        """Return these faults without one kind of them.

        Args:
            name: Which, such as ``"crash"``.
        """
        kept = asdict(self)
        return Faults(**{**kept, name: kept[name] * 0})

    def __repr__(self) -> str:
        named = ", ".join(f"{name}={value!r}" for name, value in self.named.items())
        return f"Faults.none({named})"

    @property
    def named(self) -> dict[str, float | timedelta]:
        """Those that happen at all, by name."""
        return {name: value for name, value in asdict(self).items() if value}
