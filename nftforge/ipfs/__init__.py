"""IPFS without a server: CIDs, UnixFS, blocks on disk, CAR files, pin back-ends, metadata."""
