"""The tour: the whole story played against a running demonstration by real clients, over HTTP, WebSocket and SSE."""
