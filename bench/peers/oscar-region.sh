#!/usr/bin/env bash
# django-oscar on AWS's own runtime client for Python and Tradewind, each as a function of the same local region, with the
# same 1,000 products: what a cold start takes, and a warm page, as the function service counts them. Linux only.
#
#   cargo build --release -p tradewind
#   cargo build --release -p tradewind --bin bootstrap --no-default-features --features postgres,s3
#   bench/peers/oscar-region.sh [RUNS]
#
# Everything is made anew under target/bench/peers/oscar-region, packages come from PyPI in a virtualenv of its own, and
# only loopback is listened on. Nothing is left running, whatever ends this.
set -euo pipefail

# How often a region is asked whether it is there, with a tenth of a second between.
START_LOOKS_MAX=100
RUNS=${1:-10}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
project=$root/bench/peers/oscar
source=$root/crates/oscar/tests/data/oscar-store.sqlite3
programs=${CARGO_TARGET_DIR:-$root/target}/release
tradewind=${TRADEWIND:-$programs/tradewind}
function=${FUNCTION:-$programs/bootstrap}
work=${CARGO_TARGET_DIR:-$root/target}/bench/peers/oscar-region
venv=$work/venv
made=$work/run

region=
stop() {
    if [[ -n $region ]]; then kill "$region" 2>/dev/null && wait "$region" || true; fi
    region=
}
trap stop EXIT

fail() {
    echo "$1" >&2
    exit 1
}

for needed in curl python3; do
    command -v "$needed" >/dev/null || fail "$needed is missing: apt-get install curl python3-venv"
done
for program in "$tradewind" "$function"; do [[ -x $program ]] || fail "$program is missing: see $0"; done

# --- Oscar, AWS's client and a bridge from events to WSGI; the list is copied last, so that one that has it is whole

if ! cmp -s "$project/lambda.txt" "$venv/lambda.txt"; then
    echo "django-oscar and AWS's runtime client are installed into $venv" >&2
    # The system's own: others may lie where only their owner can read, and functions are users of their own.
    /usr/bin/python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$project/requirements.txt"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$project/lambda.txt"
    cp "$project/lambda.txt" "$venv/lambda.txt"
fi

# --- The same catalogue for both

rm -rf "$made"
mkdir -p "$made/oscar/media" "$made/wal/media"
python3 "$project/data.py" prepare "$source" "$made/oscar/db.sqlite3" "$made/wal/db.sqlite3" >"$made/product"
read -r key slug _ <"$made/product"
"$tradewind" import oscar "$made/oscar/db.sqlite3" --into "$made/store" --prices without-tax >"$made/import.log"
secret=$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')
cat >"$made/bootstrap" <<BOOTSTRAP
#!/bin/sh
export PYTHONPATH='$project' DJANGO_SETTINGS_MODULE=settings OSCAR_PEER_DATABASE=guide PYTHONDONTWRITEBYTECODE=
export OSCAR_PEER_WORK='$made/oscar' OSCAR_PEER_SECRET_KEY='$secret'
exec '$venv/bin/python' -m awslambdaric handler.handler
BOOTSTRAP
# Compiled once, as whoever packs a function for Python does.
"$venv/bin/python" -m compileall -q "$project" "$venv/lib" || true
# The function is a user of its own where this runs as root, and Oscar counts the visits to a product.
chmod -R a+rwX "$made/oscar"
python3 - "$made" <<'PYTHON'
import sys
import zipfile

made = sys.argv[1]
with zipfile.ZipFile(f"{made}/oscar.zip", "w") as package:
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    package.writestr(entry, open(f"{made}/bootstrap").read())
PYTHON

# --- Each in a region of its own, one after the other

# start WHAT ARGUMENTS...: opens a region and reads where things are.
start() {
    local what=$1
    shift
    "$tradewind" region "$@" --listen 127.0.0.1:0 --memory 1024 --json >"$made/$what.json" 2>"$made/$what.log" &
    region=$!
    for _ in $(seq "$START_LOOKS_MAX"); do
        [[ -s $made/$what.json ]] && break
        sleep 0.1
    done
    [[ -s $made/$what.json ]] || fail "the region of $what does not open; see $made/$what.log"
}

address() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$made/$1.json" "$2"; }

# ask WHAT URL: a page that must be one.
ask() { curl -fs -o "$made/page" "$2" || fail "$1 does not answer $2; see $made/$1.log"; }

# measure WHAT BASE: for each run a function that runs nowhere, and then one that does, each asked for the next page of
# the list.
measure() {
    local what=$1 base=$2 lambda control paths run
    lambda=$(address "$what" lambda_url) control=$(address "$what" control_url)
    mapfile -t paths <"$made/$what.paths"
    for run in $(seq 0 $((RUNS - 1))); do
        curl -fs -o /dev/null -X PUT -d "{\"Description\": \"run $run\"}" \
            "$lambda/2015-03-31/functions/shop/configuration"
        ask "$what" "$base${paths[2 * run]}"
        ask "$what" "$base${paths[2 * run + 1]}"
    done
    sleep 1.2
    curl -fs "$control/report.json" >"$made/$what.report"
    stop
}

# Oscar counts visits and makes each page anew; of Tradewind each page is another, so that neither edge nor function has it.
for run in $(seq $((2 * RUNS))); do echo "/catalogue/${slug}_$key/?run=$run"; done >"$made/oscar.paths"
"$tradewind" catalogue export - "$made/store" 2>/dev/null | python3 -c '
import csv, sys
rows = csv.DictReader(sys.stdin)
for row in rows:
    if row["structure"] in ("standalone", "parent"):
        print("/product/" + row["slug"])' >"$made/tradewind.paths"

start oscar "$made/oscar.zip"
measure oscar "$(address oscar function_url)"
start tradewind "$made/store" --program "$function"
# Through the edge, for nobody comes past it.
measure tradewind "$(address tradewind url)"

"$venv/bin/python" - "$made" <<'PYTHON'
import json
import platform
import sys
from importlib.metadata import version

made = sys.argv[1]
times = {}
for what in ("oscar", "tradewind"):
    report = json.load(open(f"{made}/{what}.report"))["times"]
    times[what] = [report[name]["percentiles"]["p50_us"] for name in ("invocations_cold", "invocations_warm")]
names = ("django-oscar", "Django", "awslambdaric")
print(f"Python {platform.python_version()},", ", ".join(f"{name} {version(name)}" for name in names))
for place, name in enumerate(("cold start and answer", "warm page")):
    theirs, ours = times["oscar"][place], times["tradewind"][place]
    print(f"{name}, p50: Oscar {theirs / 1000:.2f} ms, Tradewind {ours / 1000:.2f} ms: {theirs / ours:.1f} times")
PYTHON
