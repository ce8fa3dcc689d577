#!/usr/bin/env bash
# Makes the virtual environment of the Keras loop beside this script. Only `npm run bench -- generate` needs it.
set -euo pipefail
cd "$(dirname "$0")"
python3 -m venv .venv-mdg
.venv-mdg/bin/pip install --quiet -r requirements-mdg.txt
