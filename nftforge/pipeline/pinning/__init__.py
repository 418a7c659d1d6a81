"""Media and metadata, held by every back-end before anything names them."""
