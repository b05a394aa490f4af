#!/bin/sh
# Makes the environment anew from the pins: requirements/install.sh FOLDER. PYTHON names another interpreter.
# `--remove FOLDER` takes it away. A folder that this script did not make is never touched.
set -eu
mark=made-from-the-pins # there from the first moment until the last, however an installation ends

refuse() {
  echo "$*" >&2
  exit 1
}

is_right() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }

# Absent, empty, or made here: `.installed` is all that earlier ones had. A link's target is somebody else's.
is_ours() {
  if [ -L "$1" ]; then return 1; fi
  if [ ! -e "$1" ]; then return 0; fi
  [ -d "$1" ] && { [ -e "$1/$mark" ] || [ -e "$1/.installed" ] || [ -z "$(ls -A "$1")" ]; }
}

if [ "${1:-}" = --remove ]; then
  is_ours "$2" || { echo "$2 stays: make did not make it." && exit 0; }
  rm -rf "$2"
  exit 0
fi

folder=$1
here=$(dirname "$0")
is_ours "$folder" || refuse "'$folder' was not made by make, so it is left as it is: move it away, or delete it yourself"
case $(pwd) in
*[:,]*) refuse "The path of this checkout has a ':' or ',', at which Python and Spark cut lists of paths: move it" ;;
esac

python=${PYTHON:-}
if [ -z "$python" ]; then
  for python in python3.11 python3; do is_right "$python" && break; done
fi
if ! is_right "$python"; then
  refuse "Python 3.11 is needed (Glue 5.1 runs it), and '$python' is none: install it, or say PYTHON=/path/to/python3.11"
fi
# Debian's Python leaves the part that makes environments to a package of its own
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  if [ "$(id -u)" != 0 ] || ! { apt-get update && apt-get install --yes python3.11-venv; } >/dev/null 2>&1; then
    refuse "'$python' cannot make an environment: as root, apt-get install python3.11-venv; or say PYTHON=/path/to/python3.11"
  fi
fi
echo "Setting up $folder (once; about half a minute)"
mkdir -p "$folder"
touch "$folder/$mark"
find "$folder" -mindepth 1 -maxdepth 1 ! -name "$mark" -exec rm -rf {} +
"$python" -m venv "$folder"
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}" # behind a company's TLS proxy too, as pip does
# by module: a script's first line cannot hold every path
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$here/bootstrap.txt"
"$folder/bin/python" -m uv pip sync --python "$folder/bin/python" --quiet --require-hashes "$here/dev.txt" "$here/bootstrap.txt"
touch "$folder/.installed"
