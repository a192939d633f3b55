"""The outside systems the hub talks with: one folder each, all behind the small interface in `connectors.door`."""
