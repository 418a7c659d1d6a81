from .gif import write_gif
from .pictures import load_picture, load_tip
from .png import write_png
from .schedule import Keyframe
from .sheet import Cell, compose, grid
from .video import MP4, WEBM, timeline, write_video
from .webp import preview

__all__ = [
    "MP4",
    "WEBM",
    "Cell",
    "Keyframe",
    "compose",
    "grid",
    "load_picture",
    "load_tip",
    "preview",
    "timeline",
    "write_gif",
    "write_png",
    "write_video",
]
