"""Simulation of failures: one process, one seed, several hosts on one journal."""

from complaint_lifecycle.testing.simulation.faults import Faults
from complaint_lifecycle.testing.simulation.laws import Broken, Law
from complaint_lifecycle.testing.simulation.moves import Moment
from complaint_lifecycle.testing.simulation.outcomes import Outcome, SimulationError
from complaint_lifecycle.testing.simulation.plans import Plan
from complaint_lifecycle.testing.simulation.readers import Reader
from complaint_lifecycle.testing.simulation.running import check_simulation, simulate

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
