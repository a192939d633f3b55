"""Every change of the record: one module per noun, each act registered under its name in the graph."""
