"""Who asks: the authorization server, its clients and keys, and the check of every token."""
