"""The reader: one GraphQL operation becomes one SQL statement that returns the finished JSON."""
