"""Pictures of a compiled chart: Mermaid, DOT and SVG."""

from complaint_lifecycle.lifecycle.drawing.dot import dot
from complaint_lifecycle.lifecycle.drawing.mermaid import mermaid
from complaint_lifecycle.lifecycle.drawing.svg import svg

__all__ = ["dot", "mermaid", "svg"]
