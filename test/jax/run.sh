#!/usr/bin/env bash
# Computes the JAX fixtures anew, in a virtual environment of its own, and compares them with the committed ones:
# any difference is drift and fails. `run.sh --update` replaces the committed ones instead.
# Wants Python 3.11 or later as `python3`, or the one that PYTHON names. Takes about ten minutes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv="$here/.venv"
fixtures="$here/fixtures"

case "${1-}" in
  '' | --update) ;;
  *) echo "usage: run.sh [--update]" >&2; exit 2 ;;
esac

# --- environment: made once, and again when the pinned versions change
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  python=${PYTHON:-python3}
  if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "test:jax needs Python 3.11 or later: install it, or name one: PYTHON=python3.12 npm run test:jax" >&2
    exit 1
  fi
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi

# --- both modes, each in a process of its own
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
JAX_ENABLE_X64=0 "$venv/bin/python" -B "$here/generate.py" "$fresh" &
x32=$!
JAX_ENABLE_X64=1 "$venv/bin/python" -B "$here/generate.py" "$fresh" &
x64=$!
failed=0
wait "$x32" || failed=1
wait "$x64" || failed=1
if [ "$failed" = 1 ]; then
  echo "JAX did not compute all fixtures" >&2
  exit 1
fi

# --- compare, or replace
if [ "${1-}" = --update ]; then
  mkdir -p "$fixtures"
  rm -f "$fixtures"/*.json
  cp "$fresh"/*.json "$fixtures/"
  echo "wrote $(ls "$fixtures" | wc -l) files, $(du -ch "$fixtures"/*.json | tail -n 1 | cut -f 1)"
elif ! "$venv/bin/python" -B "$here/drift.py" "$fixtures" "$fresh"; then
  echo "JAX gives other numbers than the committed fixtures" >&2
  exit 1
fi
