"""Pictures in; GIF, MP4, WebM, PNG and sheets out. Every writer gives the same bytes for the same
frames.

    from pathlib import Path
    from nftforge.media import Keyframe, load_picture, write_gif, write_png

    picture = (load_picture(Path("picture.png"), 256).rgb * 255).astype("uint8")
    frames = [picture // 4, picture // 2, picture]
    keyframes = [Keyframe(at, delay_ms=200) for at in range(3)]
    write_gif(Path("dawn.gif"), lambda counts: (frames[at] for at in counts), keyframes)
    write_png(Path("day.png"), picture)

The package knows nothing of collections and could be published alone. Its front door:

    pictures in         load_picture  load_tip  preview
    stills              write_png
    films               Keyframe  write_gif  write_video  timeline  MP4  WEBM
    sheets              Cell  grid  compose

What is named here is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
