"""What every section of collection.yaml is: frozen, strict, and without a key that is not known."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Its fields are the keys that people write (or their aliases); "500" is not 500."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
