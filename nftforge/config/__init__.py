"""What the artist writes: collection.yaml, as small frozen models that know their lines."""
