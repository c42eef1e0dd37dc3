#!/usr/bin/env bash
# Hits a second of the edge beside those of nginx proxy_cache, each on the same single core in the same minute. Linux only.
#
#   cargo build --release -p proxy --example edge
#   bench/peers/nginx.sh                         three rounds of three seconds for each size
#   bench/peers/nginx.sh --rounds 5 --seconds 5
#   bench/peers/nginx.sh --function FILE         with a CloudFront Function that sees every request first; wants
#                                                cargo build --release -p region --example edge-with-function
#   bench/peers/nginx.sh --memory                also what 10,000 kept objects take beside their bodies
#
# Both write an access log and keep their answers in memory: nginx on tmpfs with open files kept open. wrk runs on
# another core. Only loopback is listened on, and nothing is left running, whatever ends this. Needs nginx and wrk
# (apt-get install nginx wrk).
set -euo pipefail

# How often a starting server is asked, a tenth of a second apart.
START_LOOKS_MAX=100
SIZES=(1024 30720)
OBJECTS=10000
CONNECTIONS=32

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
edge=${CARGO_TARGET_DIR:-$root/target}/release/examples/edge
function=()
rounds=3
seconds=3
memory=
while [[ $# -gt 0 ]]; do
    case $1 in
        --rounds) rounds=${2:?--rounds needs a number}; shift 2 ;;
        --seconds) seconds=${2:?--seconds needs a number}; shift 2 ;;
        --memory) memory=yes; shift ;;
        --function) edge=$edge-with-function; function=(--function "${2:?--function needs a file}"); shift 2 ;;
        -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit ;;
        *) echo "$1 is not known; see $0 --help" >&2; exit 2 ;;
    esac
done
for program in nginx wrk taskset curl "$edge"; do
    command -v "$program" > /dev/null || { echo "$program is missing; see $0 --help" >&2; exit 1; }
done

work=$(mktemp -d /dev/shm/tradewind-nginx.XXXXXX)
servers=()
end() {
    for server in "${servers[@]}"; do kill "$server" 2> /dev/null || true; done
    wait 2> /dev/null || true
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

# --- An origin with files, and nginx in front of it

origin=18101
peer=18102
ours=18103
mkdir -p "$work/files" "$work/cache"
# The cache runs as another user where this one is the superuser.
chmod 755 "$work"
for size in "${SIZES[@]}"; do
    head -c "$size" < <(base64 -w 0 /dev/urandom) > "$work/files/$size.txt"
done
if [[ -n $memory ]]; then
    mkdir "$work/files/many"
    for number in $(seq "$OBJECTS"); do head -c 1024 "$work/files/1024.txt" > "$work/files/many/$number.txt"; done
fi
user=
[[ $(id -u) -ne 0 ]] || user="user root;"

cat > "$work/origin.conf" <<CONF
$user daemon off; worker_processes 1; pid $work/origin.pid; error_log $work/origin.log;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path $work/o1; proxy_temp_path $work/o2; fastcgi_temp_path $work/o3;
  uwsgi_temp_path $work/o4; scgi_temp_path $work/o5;
  server { listen 127.0.0.1:$origin; root $work/files; add_header Cache-Control "public, max-age=3600";
           add_header Cache-Tag "store,p1,c2"; types { text/plain txt; } }
}
CONF
cat > "$work/peer.conf" <<CONF
$user daemon off; worker_processes 1; pid $work/peer.pid; error_log $work/peer.log;
events { worker_connections 1024; }
http {
  log_format line '\$time_local\t\$remote_addr\t\$request_method\t\$request_uri\t\$status\t\$body_bytes_sent\t\$upstream_cache_status\t\$request_time\t\$upstream_response_time';
  access_log $work/peer-access.log line buffer=64k flush=1s;
  client_body_temp_path $work/p1; proxy_temp_path $work/p2; fastcgi_temp_path $work/p3; uwsgi_temp_path $work/p4;
  scgi_temp_path $work/p5; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  open_file_cache max=20000 inactive=600s; open_file_cache_valid 600s;
  proxy_cache_path $work/cache levels=1:2 keys_zone=kept:20m max_size=1g inactive=1h use_temp_path=off;
  server { listen 127.0.0.1:$peer; location / { proxy_pass http://127.0.0.1:$origin; proxy_cache kept;
           add_header X-Cache \$upstream_cache_status; } }
}
CONF

# start <name> <port> <command…>: starts a server and waits until it answers.
start() {
    local name=$1 port=$2
    shift 2
    "$@" > "$work/$name.out" 2>&1 &
    servers+=($!)
    for ((look = 0; look < START_LOOKS_MAX; look++)); do
        curl --silent --output /dev/null "http://127.0.0.1:$port/1024.txt" && return
        sleep 0.1
    done
    echo "$name does not answer:" >&2
    cat "$work/$name.out" "$work"/*.log >&2
    exit 1
}
start origin "$origin" taskset -c 1 nginx -p "$work" -c "$work/origin.conf"
start nginx "$peer" taskset -c 0 nginx -p "$work" -c "$work/peer.conf"
start edge "$ours" taskset -c 0 "$edge" --listen "127.0.0.1:$ours" --origin "http://127.0.0.1:$origin" \
    --log "$work/edge-access.log" "${function[@]}"
edge_server=${servers[-1]}

# --- Hits

# hits <port> <path>: hits a second.
hits() {
    taskset -c 1 wrk -t1 -c"$CONNECTIONS" -d"${seconds}s" "http://127.0.0.1:$1/$2" | awk '/^Requests\/sec/ { print int($2) }'
}
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

echo "hits a second on one core, median of $rounds rounds of $seconds s, $CONNECTIONS connections, access log on"
for size in "${SIZES[@]}"; do
    for port in "$peer" "$ours"; do curl --silent --output /dev/null "http://127.0.0.1:$port/$size.txt"; done
    theirs=() own=()
    for ((round = 0; round < rounds; round++)); do
        theirs+=("$(hits "$peer" "$size.txt")")
        own+=("$(hits "$ours" "$size.txt")")
    done
    nginx_hits=$(printf '%s\n' "${theirs[@]}" | median)
    edge_hits=$(printf '%s\n' "${own[@]}" | median)
    echo "$size bytes: nginx $nginx_hits (${theirs[*]}), edge $edge_hits (${own[*]}), ratio $(awk "BEGIN { printf \"%.2f\", $edge_hits / $nginx_hits }")"
done

# --- Memory

if [[ -n $memory ]]; then
    resident() { awk '/^VmRSS/ { print $2 }' "/proc/$edge_server/status"; }
    before=$(resident)
    seq "$OBJECTS" | sed "s|.*|url = http://127.0.0.1:$ours/many/&.txt\noutput = /dev/null|" > "$work/urls"
    curl --silent --config "$work/urls"
    after=$(resident)
    bodies=$((OBJECTS * 1024 / 1024))
    echo "$OBJECTS objects: $before kB before, $after kB after, $((after - before - bodies)) kB beside their bodies"
fi
