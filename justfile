# The commands of daily work; `just` alone lists them.

_default:
    @just --list

# Every test, or those that the arguments select.
test *args:
    scripts/test {{ args }}

# Every check that a change must pass.
ci:
    .ci/run

# The example server.
run *args:
    cargo run -p erp-examples -- {{ args }}

# Formats everything.
fmt:
    cargo fmt --all

# The lints, as .ci/run has them.
lint:
    cargo clippy --workspace --all-targets -- -D warnings
