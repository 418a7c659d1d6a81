"""Pictures in; GIF, MP4 and PNG out. Every writer gives the same bytes for the same frames."""
