"""What everything stands on: the two kinds of work, the store, the journal, locks, errors."""
