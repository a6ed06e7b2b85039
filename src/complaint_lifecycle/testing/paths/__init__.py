"""Paths: histories that exercise every transition of a chart, made and not drawn."""

from complaint_lifecycle.testing.paths.choosing import Criterion, generate_paths
from complaint_lifecycle.testing.paths.walking import Path, Paths

__all__ = ["Criterion", "Path", "Paths", "generate_paths"]
