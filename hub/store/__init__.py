"""Tables, pools, outbox, audit and events."""
