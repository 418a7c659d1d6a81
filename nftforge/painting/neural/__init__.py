"""The neural engine: the method of Stylized Neural Painting (CVPR 2021, arXiv 2011.08114).

    teacher     exact strokes in batches, what the networks imitate
    geometry    what the networks are shown of a stroke
    renderer    rasterization and shading networks; their weights, trained by us (weights/)
    training    how they learn
    evaluate    how well they do
    descent     gradients of a painting drawn by them, or of several paintings at once
    batching    how painters share a step
    painter     pictures painted through them, coarse to fine, block by block

Only the paper's description was used, none of its code, weights or images.
This file loads no torch.
"""

from __future__ import annotations

from pathlib import Path

from nftforge.core.errors import ConfigError

NETWORKS = 4  # raise it when the same weights paint something else
WEIGHTS = Path(__file__).parent / "weights"


def trained() -> list[str]:
    """The brushes there are weights for."""
    return sorted(path.stem for path in WEIGHTS.glob("*.safetensors"))


def weights_of(brush: str, tip: Path | None = None) -> Path:
    """The weights (.safetensors, a .json card beside them) that draw a brush.

    Those of a brush of the user's own lie beside its tip. Raises ConfigError if there are none.
    """
    path = tip.with_suffix(".safetensors") if tip else WEIGHTS / f"{brush}.safetensors"
    if not path.exists() or not path.with_suffix(".json").exists():
        train = f"train it: scripts/train_renderer.py --tip {tip}; " if tip else ""
        raise ConfigError(
            f"the neural engine has no weights for the brush {str(tip or brush)!r}",
            hint=f"{train}it knows {', '.join(trained())}; or paint with engine: analytic",
        )
    return path
