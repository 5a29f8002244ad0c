"""Mistake: an error in a file that somebody wrote, told with where it is and what to do."""

from pathlib import Path


class FileMistake(Exception):
    """Something in a file is wrong. Each kind of file has an error of its own, made of this."""

    def __init__(self, file: Path, line: int, problem: str, cure: str) -> None:
        super().__init__(f"{file}:{line}: {problem}. {cure[:1].upper()}{cure[1:]}.")
        self.file = file
        self.line = line
        """From 1."""
        self.problem = problem
        self.cure = cure
