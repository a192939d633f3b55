"""What the generated tests counted, shown at the end of their run."""

LINES: list[str] = []


def counted(line: str) -> None:
    """Notes one line for the end of the run."""
    LINES.append(line)
