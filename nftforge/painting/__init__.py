"""Painting: strokes found by gradient descent through exact, differentiable brushes.

    from pathlib import Path
    import numpy as np
    from nftforge.media import Keyframe, write_gif, write_png
    from nftforge.painting import PaintSettings, frames, paint, render

    picture = np.linspace(0, 1, 60 * 80 * 3).reshape(60, 80, 3)  # [h, w, 3], 0..1 or uint8
    strokes = paint(picture, PaintSettings(brush="oil", strokes=40, seed=7))
    write_png(Path("painting.png"), render(strokes, size=1024))
    keyframes = [Keyframe(count, delay_ms=100) for count in range(1, len(strokes) + 1)]
    write_gif(Path("painting.gif"), lambda counts: frames(strokes, 256, counts), keyframes)

The package knows nothing of collections and could be published alone. Its front door:

    an array in         paint  PaintSettings  StyleSettings  brush_names
    strokes             Strokes
    arrays out          render  frames  Relief

What is named here is loaded when it is first used: `import nftforge.painting` loads neither numpy
nor numba nor torch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
