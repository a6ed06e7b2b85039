"""Testing: proofs that hosts run over their own charts, SLAs, policies and journals.

Nothing is loaded before a name is touched, and a simulation needs no extra.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from complaint_lifecycle.testing.coverage import WorkflowCoverage
    from complaint_lifecycle.testing.faulty import CrashedError, FaultyJournal, Incident
    from complaint_lifecycle.testing.jumping import run_until_idle
    from complaint_lifecycle.testing.paths import (
        Criterion,
        Path,
        Paths,
        generate_paths,
    )
    from complaint_lifecycle.testing.replaying import (
        Replay,
        Replayed,
        ReplayVerdict,
        replay_check,
    )
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
    "coverage": ("WorkflowCoverage",),
    "faulty": ("CrashedError", "FaultyJournal", "Incident"),
    "jumping": ("run_until_idle",),
    "paths": ("Criterion", "Path", "Paths", "generate_paths"),
    "replaying": ("Replay", "Replayed", "ReplayVerdict", "replay_check"),
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
_HOME_OF = {
    name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names
}

__all__ = [
    "Broken",
    "CrashedError",
    "Criterion",
    "Faults",
    "FaultyJournal",
    "Incident",
    "Law",
    "Moment",
    "Outcome",
    "Path",
    "Paths",
    "Plan",
    "Reader",
    "Replay",
    "ReplayVerdict",
    "Replayed",
    "SimulationError",
    "WorkflowCoverage",
    "check_simulation",
    "generate_paths",
    "replay_check",
    "run_until_idle",
    "simulate",
]


def __getattr__(name: str) -> object:
    """Load a name of the package when it is first touched."""
    from importlib import import_module

    home = _HOME_OF.get(name)
    if home is None:
        problem = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(problem)
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the names of the package, loaded or not."""
    return sorted(__all__)
