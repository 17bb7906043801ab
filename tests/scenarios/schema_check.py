"""Holds scenario files against the generated JSON schema.

Why: an editor that marks a good file, or is silent about a bad one, is worse than none. Reads what
YAML 1.2 readers read: timestamps and `no` are texts.

Usage: schema_check.py SCHEMA accept|reject FILE...
"""

import json
import re
import sys

import jsonschema
import yaml


class CoreLoader(yaml.SafeLoader):
    """Resolves what the YAML 1.2 core schema resolves."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("merge", r"^<<$", "<"),
):
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))


def main() -> int:
    """Checks every file; 1 when one of them surprises."""
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wanted = sys.argv[2] == "accept"
    surprises = 0
    for name in sys.argv[3:]:
        with open(name, encoding="utf-8") as file:
            document = yaml.load(file, Loader=CoreLoader)
        error = jsonschema.exceptions.best_match(validator.iter_errors(document))
        if (error is None) != wanted:
            surprises += 1
            why = "is accepted" if error is None else f"{list(error.absolute_path)}: {error.message[:200]}"
            print(f"{name}: {why}")
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())
