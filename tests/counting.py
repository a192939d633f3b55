"""What the generated tests counted, shown at the end of the run."""

LINES: list[str] = []


def counted(line: str) -> None:
    """Notes one line of the test that runs, for the end of the run."""
    LINES.append(line)
