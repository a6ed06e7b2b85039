"""Pictures of a compiled chart: Mermaid, DOT and SVG."""

from complaint_lifecycle.lifecycle.drawing.dot import dot
from complaint_lifecycle.lifecycle.drawing.mermaid import mermaid
from complaint_lifecycle.lifecycle.drawing.svg import Paint, svg

__all__ = ["Paint", "dot", "mermaid", "svg"]
