"""Coverage of the workflow: what of a chart, an SLA and a policy a suite exercised."""

from complaint_lifecycle.testing.coverage.elements import Element, Section
from complaint_lifecycle.testing.coverage.measuring import WorkflowCoverage
from complaint_lifecycle.testing.coverage.reporting import Measured

__all__ = ["Element", "Measured", "Section", "WorkflowCoverage"]
