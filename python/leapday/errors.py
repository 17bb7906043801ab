"""What can be wrong with a scenario.

Why a module of its own: the C++ part raises these, so it must import nothing that imports it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Problem", "ScenarioError"]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a scenario file. Lines and columns count from 1; 0 means unknown."""

    file: str
    line: int
    column: int
    path: str
    message: str
    fix: str

    def __str__(self) -> str:
        place = self.file + (f":{self.line}:{self.column}" if self.line > 0 else "")
        text = f"{place}: error: " if place else "error: "
        text += f"{self.path}: {self.message}" if self.path else self.message
        return f"{text}\n  fix: {self.fix}" if self.fix else text


class ScenarioError(ValueError):
    """A scenario file is wrong; `problems` holds every problem found, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
