"""From texts to tokens: planned, shown as a bill, sent exactly once, read back."""
