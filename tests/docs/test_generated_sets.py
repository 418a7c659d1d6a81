"""docs/generated-sets.md: its example is drawn, with the pictures that it names."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from PIL import Image

from nftforge.config.load import load_collection

PAGE = Path(__file__).parents[2] / "docs" / "generated-sets.md"
PICTURES = (
    "bases/skull", "bases/cat", "bases/robot", "layers/Hat/Red Cap", "layers/Hat/Gold Crown",
    "layers/Hat/Blue Cap", "layers/Shirt/Red Tee", "layers/Shirt/Blue Tee", "layers/Shirt/Gold Tee",
    *(f"layers/Hat/Hat{n} Cap#20" for n in range(30)),
    *(f"layers/Shirt/Shirt{n} Tee" for n in range(200)),
)  # fmt: skip


def test_the_example_is_a_set_of_a_thousand_with_the_counts_it_promises(tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for name in PICTURES:
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGBA", (2, 2)).save(path)
    (tmp_path / "collection.yaml").write_text(example)
    file = load_collection(tmp_path / "collection.yaml")
    counts = Counter(each for have in file.generated.pieces.values() for each in have.items())
    assert counts["Brush", "oil"] == 500 and counts["Mood", "Dawn"] == 100
    assert counts["Mood", "Noir"] == 25 and counts["Hat", "none"] == 400
    assert counts["Hat", "Gold Crown"] <= 3
    assert file.collection.pieces[0].name == "The First"
