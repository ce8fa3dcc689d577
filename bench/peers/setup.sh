#!/usr/bin/env bash
# Makes the virtual environment of the peers beside this script. Only the benchmarks need it.
set -euo pipefail
cd "$(dirname "$0")"
python3 -m venv .venv
.venv/bin/pip install --quiet -r requirements.txt
