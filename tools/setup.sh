#!/bin/sh
# Make the virtual environment from requirements.lock: exact versions, checked by hash, from whatever index pip uses.
# usage: setup.sh PYTHON VENV
set -eu
python=$1
venv=$2

if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
    echo "Billhouse needs Python 3.11, 3.12 or 3.13; $python is $("$python" --version 2>&1)." >&2
    echo "Name another one: make setup PYTHON=python3.11" >&2
    exit 1
fi
if ! "$python" -m venv "$venv"; then
    echo "The venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 1
fi
echo "Installing the packages of requirements.lock into $venv (two to four minutes the first time)"
# --no-deps: the lock is complete, and older pips cannot check the hash of a package that is named with an extra.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
sh tools/system.sh documents
touch "$venv/.ready"
