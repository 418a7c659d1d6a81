from .arrays import frames, paint, render
from .brushes import brush_names
from .settings import PaintSettings, StyleSettings
from .strokes import Strokes

__all__ = [
    "PaintSettings",
    "Strokes",
    "StyleSettings",
    "brush_names",
    "frames",
    "paint",
    "render",
]
