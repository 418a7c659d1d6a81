from .arrays import frames, paint, render
from .brushes import brush_names
from .settings import PaintSettings, Relief, StyleSettings
from .strokes import Strokes

__all__ = [
    "PaintSettings",
    "Relief",
    "Strokes",
    "StyleSettings",
    "brush_names",
    "frames",
    "paint",
    "render",
]
