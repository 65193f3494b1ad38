#!/usr/bin/env bash
# Bring a Debian 12 checkout to a working .venv/bin/hygie; `make setup` calls this.
#
# Does:   installs the Debian packages of packages.txt that are missing, makes .venv, installs the
#         locked Python packages, then Hygie itself, editable. Says nothing when nothing is to do.
# Never:  configures Postfix or starts a service; installs a Python package that is not in the lock.
# Fails:  with one line that says what is missing and what to do; run it again afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly LOCK=requirements-dev.lock
readonly PACKAGES=deploy/debian/packages.txt
readonly STAMP=.venv/.hygie-setup
readonly MINIMUM='import sys; sys.exit(sys.version_info < (3, 11))'

fail() { echo "make setup: $*" >&2; exit 1; }
say() { echo "make setup: $*"; }

wanted_packages() { sed -e 's/#.*//' "$PACKAGES" | xargs -n1; }

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

missing_packages() { for package in $(wanted_packages); do is_installed "$package" || echo "$package"; done; }

as_root() {
    if [[ $EUID -eq 0 ]]; then "$@"; else sudo --non-interactive "$@" 2>/dev/null || sudo "$@"; fi
}

# Debian packages. Postfix is preseeded: its own configuration and service are the administrator's.
install_packages() {
    command -v dpkg-query >/dev/null || fail "this is not Debian; install the equivalents of $PACKAGES yourself"
    local missing
    mapfile -t missing < <(missing_packages)
    [[ ${#missing[@]} -gt 0 ]] || return 0
    [[ $EUID -eq 0 ]] || command -v sudo >/dev/null \
        || fail "root or sudo is needed to install: ${missing[*]}"
    say "Debian packages: ${missing[*]}"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
    as_root "${apt[@]}" update
    if [[ " ${missing[*]} " == *" postfix "* ]]; then
        echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections
    fi
    local log
    log=$(mktemp)
    as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 \
        || { cat "$log" >&2; rm -f "$log"; fail "apt-get could not install: ${missing[*]}"; }
    rm -f "$log"
}

find_python() {
    local python
    for python in python3.11 python3 /usr/bin/python3.11 /usr/bin/python3; do
        if "$python" -c "$MINIMUM" 2>/dev/null; then echo "$python"; return; fi
    done
    fail "Python 3.11 or later not found; Debian 12 has it as python3.11"
}

# What the environment was made from, and where: it cannot be moved, its scripts hold its path.
fingerprint() {
    pwd
    cat "$LOCK" pyproject.toml "$PACKAGES" deploy/debian/setup.sh | sha256sum
}

pip_install() { .venv/bin/python -m pip --disable-pip-version-check -qq install --no-deps --no-build-isolation "$@"; }

# The lock's entries of the named packages, hashes included.
locked() {
    local names
    names=$(IFS='|'; echo "$*")
    awk -v entry="^($names)==" '$0 ~ entry {on = 1} on {print} on && !/\\$/ {on = 0}' "$LOCK"
}

# pymilter is built here from its source. Its build tools come from the lock first, so that pip fetches
# nothing that is not pinned.
install_python_packages() {
    say "Python packages of $LOCK (a minute or two)"
    pip_install --require-hashes -r <(locked setuptools wheel packaging)
    pip_install --require-hashes -r "$LOCK"
    pip_install --editable .
}

make_environment() {
    local wanted made_at=
    wanted=$(fingerprint)
    [[ -f $STAMP && $(<"$STAMP") == "$wanted" && -x .venv/bin/hygie ]] && return
    [[ -f $STAMP ]] && made_at=$(head -n1 "$STAMP")
    if [[ $made_at != "$PWD" ]] || ! .venv/bin/python -c "$MINIMUM" 2>/dev/null; then
        local python
        python=$(find_python)
        say ".venv with $("$python" --version)"
        "$python" -m venv --clear .venv
    fi
    rm -f "$STAMP"
    install_python_packages
    echo "$wanted" >"$STAMP"
}

# One at a time in a checkout: two would build into the same .venv.
exec 9<"$PACKAGES"
flock 9
install_packages
make_environment
