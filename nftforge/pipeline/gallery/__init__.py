"""The page of a collection: read from the chain down, written as files."""
