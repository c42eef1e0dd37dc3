#!/usr/bin/env bash
# The same load on django-oscar under gunicorn and on Tradewind, with the same 1,000 products. Linux only.
#
#   cargo build --release -p tradewind -p bench
#   bench/peers/oscar.sh                         Oscar on every core, Tradewind and wrk on one each
#   bench/peers/oscar.sh --one-core              each server on the same single core, wrk on another
#   bench/peers/oscar.sh --workers 5 -- --runs 3 --seconds 10
#
# What stands after -- goes to `bench peer`. Everything is made anew under target/bench/peers/oscar, Oscar comes from
# PyPI in a virtualenv of its own, and only loopback is listened on. Nothing is left running, whatever ends this.
set -euo pipefail

# How often a starting server is asked, with a second between.
START_LOOKS_MAX=60

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
project=$root/bench/peers/oscar
source=$root/crates/oscar/tests/data/oscar-store.sqlite3
programs=${CARGO_TARGET_DIR:-$root/target}/release
work=${CARGO_TARGET_DIR:-$root/target}/bench/peers/oscar
venv=$work/venv
made=$work/run
word=lamp

workers=$(nproc)
peer_on="every core"
while [[ $# -gt 0 ]]; do
    case $1 in
        --workers) workers=${2:?--workers needs a number}; shift 2 ;;
        --one-core) peer_on="one core"; shift ;;
        --) shift; break ;;
        -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit ;;
        *) echo "$1 is not known; see $0 --help" >&2; exit 2 ;;
    esac
done

# --- Ending

servers=()
step=

stop() {
    trap - EXIT
    if [[ -n $step ]]; then kill "$step" 2>/dev/null || true; fi
    if [[ ${#servers[@]} -gt 0 ]]; then kill "${servers[@]}" 2>/dev/null || true; fi
    wait
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command in front, so that a signal to this script is not kept waiting until it ends.
run() {
    local status=0
    setpriv --pdeathsig KILL -- "$@" </dev/null &
    step=$!
    wait "$step" || status=$?
    step=
    return "$status"
}

# Starts a server with its output in a file. It ends with this script, even if this script is killed.
serve() {
    local log=$1
    shift
    setpriv --pdeathsig KILL -- "$@" </dev/null >"$log" 2>&1 &
    servers+=($!)
}

fail() {
    echo "$1" >&2
    exit 1
}

# --- What must be there

for needed in curl python3 setpriv taskset wrk; do
    command -v "$needed" >/dev/null || fail "$needed is missing: apt-get install curl python3-venv util-linux wrk"
done
for program in tradewind bench; do
    [[ -x $programs/$program ]] || fail "$programs/$program is missing: cargo build --release -p tradewind -p bench"
done

on_first_core=()
if [[ $(nproc) -gt 1 ]]; then on_first_core=(taskset -c 0); fi
peer_cores=()
if [[ $peer_on == "one core" ]]; then peer_cores=("${on_first_core[@]}"); fi

# --- Oscar from PyPI; the list of versions is copied last, so that a virtualenv that has it is whole

if ! cmp -s "$project/requirements.txt" "$venv/requirements.txt"; then
    echo "django-oscar is installed into $venv" >&2
    run python3 -m venv --clear "$venv"
    run "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$project/requirements.txt"
    run "$venv/bin/pip" check >&2
    cp "$project/requirements.txt" "$venv/requirements.txt"
fi

# --- The same catalogue for all: two copies for Oscar, one for Tradewind

rm -rf "$made"
mkdir -p "$made/guide/media" "$made/wal/media"
python3 "$project/data.py" prepare "$source" "$made/guide/db.sqlite3" "$made/wal/db.sqlite3" >"$made/product"
read -r key slug title <"$made/product"
run "$programs/tradewind" import oscar "$made/guide/db.sqlite3" --into "$made/store" --prices without-tax \
    >"$made/import.log" || fail "the import into $made/store failed"

# --- Servers

read -r guide_port wal_port kept_port anew_port < <(python3 -c '
import socket
free = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
print(*(one.getsockname()[1] for one in free))')
guide=127.0.0.1:$guide_port wal=127.0.0.1:$wal_port kept=127.0.0.1:$kept_port anew=127.0.0.1:$anew_port

export PYTHONPATH=$project PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=settings
OSCAR_PEER_SECRET_KEY=$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')
export OSCAR_PEER_SECRET_KEY

oscar() {
    serve "$made/$1/log" "${peer_cores[@]}" env OSCAR_PEER_WORK="$made/$1" OSCAR_PEER_DATABASE="$1" \
        "$venv/bin/gunicorn" --bind "$2" --workers "$workers" --graceful-timeout 1 --no-control-socket wsgi
}
tradewind() {
    local log=$made/$1.log address=$2
    shift 2
    serve "$log" "${on_first_core[@]}" env TRADEWIND_LOG=error TOKIO_WORKER_THREADS=1 "$@" \
        "$programs/tradewind" serve "$made/store" --listen "$address"
}

run env OSCAR_PEER_WORK="$made/guide" "$venv/bin/django-admin" migrate --check ||
    fail "the sample shop is not of this version of Oscar"
oscar guide "$guide"
oscar wal "$wal"
tradewind kept "$kept"
tradewind anew "$anew" TRADEWIND_PAGE_MEMORY_MB=0

# --- Every server has the product and finds it

page() {
    run curl -fsL --retry "$START_LOOKS_MAX" --retry-delay 1 --retry-connrefused -o "$made/page" "http://$1" ||
        fail "http://$1 does not answer; see the logs under $made"
    grep -qF "$2" "$made/page" || fail "http://$1 does not show $2"
}

old_address=/catalogue/${slug}_$key/
for address in "$guide" "$wal" "$kept" "$anew"; do page "$address$old_address" "$title"; done
for address in "$guide" "$wal"; do page "$address/search/?q=$word" Lamp; done
for address in "$kept" "$anew"; do page "$address/search?q=$word" Lamp; done
# The import leads old addresses to the new ones.
product=$(curl -fs -o "$made/page" -w '%{redirect_url}' "http://$kept$old_address")
product=${product#"http://$kept"}

# --- The measurement

"$venv/bin/python" - <<'PYTHON'
import platform
from importlib.metadata import version

names = ["django-oscar", "Django", "gunicorn"]
print(f"Python {platform.python_version()},", ", ".join(f"{name} {version(name)}" for name in names))
PYTHON
echo "$("$programs/tradewind" --version), $(wrk -v 2>&1 | head -n 1)"
echo "$(nproc) cores,$(grep -m 1 '^model name' /proc/cpuinfo | cut -d : -f 2), load average $(cut -d ' ' -f 1 /proc/loadavg)"
echo "gunicorn: $workers sync workers on $peer_on; Tradewind: one thread on one core"

before=$(python3 "$project/data.py" baskets "$made/guide/db.sqlite3" "$made/wal/db.sqlite3")
run "$programs/bench" peer --peer "guide=$guide" --peer "wal=$wal" --peer-product "$old_address" \
    --peer-search "/search/?q=$word" --peer-add "/basket/add/$key/" --store "$kept" --store-anew "$anew" \
    --product "$product" --search "/search?q=$word" "$@"
after=$(python3 "$project/data.py" baskets "$made/guide/db.sqlite3" "$made/wal/db.sqlite3")
paste <(printf 'guide\nwal\n') <(echo "$before") <(echo "$after") |
    while read -r name old new; do echo "Oscar $name: $((new - old)) lines came into baskets"; done
