"""The gallery: plain data in, one static page out. Knows nothing of stages, chains or disks."""
