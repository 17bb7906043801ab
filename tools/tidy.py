#!/usr/bin/env python3
"""Holds the sources against the rules of style that a script can check; prints what breaks them.

Rules: every C++ file opens with `/// \\file name`; no tabs or trailing blanks; files of at most
600 lines and functions of at most 60; in the simulation no clocks, <random>, unordered containers
to iterate or C maths whose last bit depends on the machine; no marks of unfinished work.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ["include", "base", "scenarios", "sim", "faults", "reports", "cli", "python", "examples",
           "bench", "tests"]
MAX_FILE, MAX_FUNCTION = 600, 60

# Folder prefix -> what must not occur there, and why.
BANNED = [
    (("sim", "faults", "reports"), r"std::random_device|std::mt19937|std::\w+_distribution\b",
     "hidden or unportable randomness"),
    (("sim", "faults", "reports"), r"(system|steady|high_resolution)_clock|\btime\(nullptr\)",
     "the machine's clock"),
    (("sim/model", "sim/policies", "faults"), r"std::(exp|log|pow|sin|cos|log2|exp2)\(",
     "C maths that picks its variant by CPU"),
    (("",), r"\bTO" r"DO\b|\bFIX" r"ME\b", "unfinished work"),
]


def strip(text):
    """The text with comments, strings and character literals blanked, line breaks kept; those
    inside raw strings are marked, since text is not code."""
    pattern = re.compile(
        r'R"(?P<d>[^()\\ ]*)\(.*?\)(?P=d)"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.DOTALL)

    def blank(match):
        blanked = re.sub(r"[^\n]", " ", match.group())
        return blanked.replace("\n", "\v\n") if match["d"] is not None else blanked

    return pattern.sub(blank, text)


def functions(code):
    """(line, length) of each outermost function body: a brace that is no type or namespace."""
    depth_of_function, opening, stack, last = None, 0, [], 0
    for match in re.finditer(r"[{};]", code):
        symbol, position = match.group(), match.start()
        if symbol == "{":
            head = code[last:position]
            container = re.search(r"\b(namespace|class|struct|union|enum|extern)\b[^()]*$", head)
            if depth_of_function is None and "(" in head and not container:
                depth_of_function = len(stack)
                opening = position - len(head.lstrip())
            stack.append(position)
        elif symbol == "}" and stack:
            stack.pop()
            if depth_of_function == len(stack):
                length = code.count("\n", opening, position) + 1
                yield code.count("\n", 0, opening) + 1, length - code.count("\v", opening, position)
                depth_of_function = None
        last = position + 1


def unordered_loops(code):
    """(position, name) where an unordered container declared in the same file is walked through."""
    for name in set(re.findall(r"std::unordered_\w+<[^;{}()]*>\s+(\w+)", code)):
        for match in re.finditer(rf"for \([^;)]*:\s*{name}\)|\b{name}\.begin\(", code):
            yield match.start(), name


def check(path):
    """Everything wrong with one file, as lines to print."""
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    if not text.startswith(f"/// \\file {path.name}\n"):
        yield f"{name}:1: does not open with /// \\file {path.name}"
    for number, line in enumerate(lines, 1):
        if "\t" in line or line != line.rstrip():
            yield f"{name}:{number}: tab or trailing blank"
    if len(lines) > MAX_FILE:
        yield f"{name}: {len(lines)} lines, at most {MAX_FILE}"
    code = strip(text)
    for line, length in functions(code):
        if length > MAX_FUNCTION:
            yield f"{name}:{line}: function of {length} lines, at most {MAX_FUNCTION}"
    if name.startswith(("sim/", "faults/", "reports/")):
        for position, container in unordered_loops(code):
            line = code.count("\n", 0, position) + 1
            yield f"{name}:{line}: {container}: a walk without an order of its own"
    for folders, pattern, why in BANNED:
        if not any(folder == "" or name.startswith(folder + "/") for folder in folders):
            continue
        for match in re.finditer(pattern, text if why == "unfinished work" else code):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{name}:{line}: {match.group()}: {why}"


def main():
    paths = [path for folder in FOLDERS for suffix in ("cpp", "hpp")
             for path in (ROOT / folder).rglob(f"*.{suffix}") if "node_modules" not in path.parts]
    found = [line for path in sorted(paths) for line in check(path)]
    print("\n".join(found) if found else f"{len(paths)} files are tidy")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
