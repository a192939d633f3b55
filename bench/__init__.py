"""The hub's speed, measured against what a good engineer would write by hand."""
