"""Which piece of a generated set has which trait: counts exact, no rule broken, no two alike.

    from fractions import Fraction
    from nftforge.traits import NONE, Only, Part, Remaining, Spec, allocate

    traits = {
        "Mood": {"Dawn": Part(Fraction(1, 10)), "Noir": Remaining()},
        "Brush": {"oil": Remaining(), "tape": Remaining()},
    }
    dusk = Only(when={"Mood": ("Dawn",)}, then={"Brush": ("oil",)})
    drawn = allocate(Spec(1_000, traits, rules=(dusk,)))
    drawn.pieces[0]  # {"Mood": "Noir", "Brush": "tape"}

The package knows nothing of pictures and painting and could be published alone; the standard
library is all it needs. Its front door:

    what is asked for   Spec  Exactly  Part  Weight  Remaining  NONE
    rules               Never  Only  Differ  AtMost
    the draw            allocate  Drawn
    why not             ImpossibleError  GaveUpError

What is named here is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
