#!/bin/sh
# Makes the environment anew from the pins: requirements/install.sh FOLDER. PYTHON names another interpreter.
set -eu
folder=$1
here=$(dirname "$0")

is_right() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }

python=${PYTHON:-}
if [ -z "$python" ]; then
  for python in python3.11 python3; do is_right "$python" && break; done
fi
if ! is_right "$python"; then
  echo "Python 3.11 is needed (Glue 5.1 runs it), and '$python' is none: install it, or say PYTHON=/path/to/python3.11" >&2
  exit 1
fi
# Debian's Python leaves the part that makes environments to a package of its own
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  if [ "$(id -u)" != 0 ] || ! { apt-get update && apt-get install --yes python3.11-venv; } >/dev/null 2>&1; then
    echo "'$python' cannot make an environment: apt-get install python3.11-venv, or say PYTHON=/path/to/python3.11" >&2
    exit 1
  fi
fi
echo "Setting up $folder (once; about half a minute)"
"$python" -m venv --clear "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$here/bootstrap.txt"
VIRTUAL_ENV="$folder" "$folder/bin/uv" pip sync --quiet --require-hashes "$here/dev.txt" "$here/bootstrap.txt"
touch "$folder/.installed"
