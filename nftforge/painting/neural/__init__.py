"""The neural engine: the method of Stylized Neural Painting (CVPR 2021, arXiv 2011.08114).

    teacher     exact strokes in batches, what the networks imitate
    geometry    what the networks are shown of a stroke
    renderer    rasterization and shading networks; their weights, trained by us (weights/)
    training    how they learn
    paint       pictures painted through them, coarse to fine, block by block

Only the paper's description was used, none of its code, weights or images.
"""
