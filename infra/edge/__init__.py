"""The HTTP face of the hub: the graph over POST, event stream and socket, its health, its measures and its log."""
