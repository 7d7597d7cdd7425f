# Everything there is to do. CI is `just all`.
set shell := ["sh", "-eu", "-c"]
export PATH := justfile_directory() / ".venv/bin:" + env_var("PATH")

# list the recipes
default:
    @just --list

# format and repair what can be repaired
fix:
    ruff format src tests bench tools examples
    ruff check --fix src tests bench tools examples

# style, types, import contracts
lint:
    ruff format --check src tests bench tools examples
    ruff check src tests bench tools examples
    mypy
    lint-imports

# the tests (arguments go to pytest)
test *ARGS:
    pytest -q -n 2 {{ARGS}}

# write the generated pages
docs:
    python -m tools.docs

# one benchmark: speed, corpus, mutation, benign_sweep, fail_open
bench NAME *ARGS:
    python -m bench.{{NAME}} {{ARGS}}

# what CI runs
all:
    make test
    make demo

# new pins for all requirements files; no registry host gets into them
lock:
    for name in build core test server model-signing mlflow oras pip-audit; do \
      pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --no-header --no-annotate \
        --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
        --output-file requirements/$name.txt requirements/$name.in; done
