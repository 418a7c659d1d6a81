"""What a run is: pieces painted, rendered, described, pinned and minted. Start with `run`."""
