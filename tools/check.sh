#!/bin/sh
# Everything that must hold: style, types, import contracts, generated docs, tests. CI runs this too.
set -eu
ruff format --check src tests bench tools examples
ruff check src tests bench tools examples
mypy
lint-imports
python -m tools.docs --check
python -m pytest -q -n 2 "$@"
# What `make demo` makes in order to be found is no part of the repository.
hauberk scan . --no-cache --exclude 'examples/project/models/bad*'
