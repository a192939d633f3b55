"""The graph carved by ownership into subgraphs that a router composes again."""
