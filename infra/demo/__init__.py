"""The demonstration: a made-up world of six parties and 240 apprentices, entered as any hub's data is."""
