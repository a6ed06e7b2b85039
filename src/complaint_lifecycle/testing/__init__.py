"""Testing: proofs that hosts run over their own charts, SLAs, policies and journals.

Nothing is loaded before a name is touched, and a simulation needs no extra.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from complaint_lifecycle.testing.simulation import (
        Broken,
        Faults,
        Law,
        Moment,
        Outcome,
        Plan,
        Reader,
        SimulationError,
        check_simulation,
        simulate,
    )

_HOMES = {
    "simulation": (
        "Broken",
        "Faults",
        "Law",
        "Moment",
        "Outcome",
        "Plan",
        "Reader",
        "SimulationError",
        "check_simulation",
        "simulate",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Broken",
    "Faults",
    "Law",
    "Moment",
    "Outcome",
    "Plan",
    "Reader",
    "SimulationError",
    "check_simulation",
    "simulate",
]


def __getattr__(name: str) -> object:
    """Load a name of the package when it is first touched."""
    from importlib import import_module

    home = _HOME_OF.get(name)
    if home is None:
        problem = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(problem)
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the names of the package, loaded or not."""
    return sorted(__all__)
