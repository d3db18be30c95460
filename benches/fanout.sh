#!/usr/bin/env bash
# Fan-out beside what a user would pick instead: interleaved rounds, medians.
#
#   benches/fanout.sh LOADGEN [ROUNDS]
#
# LOADGEN is the load generator's binary. Server and generator share one core: across two, the same
# write costs one price or three from minute to minute. A round whose bare loop costs more than 1.15
# times the median of all bare loops is dropped: the machine was doing something else.
set -euo pipefail

loadgen=${1:?usage: benches/fanout.sh LOADGEN [ROUNDS]}
rounds=${2:-5}
core=${CORE:-1}
port=${PORT:-7101}
root=$(cd "$(dirname "$0")/.." && pwd)
cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p erp-benches --bin fanout_server
server=${CARGO_TARGET_DIR:-$root/target}/release/fanout_server
results=$(mktemp)
trap 'rm -f "$results"; [ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true' EXIT

# measure ROUND FIGURE PROTOCOL SERVER ARGUMENTS-OF-THE-GENERATOR…
measure() {
    local round=$1 figure=$2 proto=$3 serve=$4
    shift 4
    taskset -c "$core" "$server" $serve --listen "127.0.0.1:$port" &
    pid=$!
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
    sleep 0.5
    taskset -c "$core" "$loadgen" --name "$figure" --addr "127.0.0.1:$port" --pid "$pid" \
        --proto "$proto" --path "/$proto" --pub http --pub-path /pub "$@" |
        sed "s/^{/{\"round\":$round,/" >>"$results"
    kill "$pid" && wait "$pid" 2>/dev/null || true
    pid=
}

paced=(--subs 1000 --rate 80 --msgs 400)
burst=(--subs 1000 --rate 0 --window 64 --pipeline 64 --msgs 2000)
for round in $(seq "$rounds"); do
    measure "$round" "bare loop, WebSocket, paced" ws bare-loop "${paced[@]}"
    measure "$round" "engine, WebSocket, paced" ws engine "${paced[@]}"
    measure "$round" "engine, SSE, paced" sse engine "${paced[@]}"
    measure "$round" "axum broadcast, SSE, paced" sse axum-broadcast "${paced[@]}"
    measure "$round" "bare loop, WebSocket, burst" ws bare-loop "${burst[@]}"
    measure "$round" "engine, WebSocket, burst" ws engine "${burst[@]}"
    measure "$round" "engine, SSE, burst" sse engine "${burst[@]}"
    measure "$round" "axum broadcast, SSE, burst" sse axum-broadcast "${burst[@]}"
    measure "$round" "engine, 500 events/s, WebSocket" ws engine --subs 100 --rate 500 --msgs 2500
    measure "$round" "engine, 500 events/s, SSE" sse engine --subs 100 --rate 500 --msgs 2500
done

python3 - "$results" <<'PYTHON'
import json, statistics, sys

rows = [json.loads(line) for line in open(sys.argv[1])]
canary = [r for r in rows if r["name"] == "bare loop, WebSocket, paced"]
limit = 1.15 * statistics.median(r["cpu_s_per_M"] for r in canary)
bad = {r["round"] for r in canary if r["cpu_s_per_M"] > limit}
kept = [r for r in rows if r["round"] not in bad]
print(f"rounds kept: {len(canary) - len(bad)} of {len(canary)}\n")
print("| what | CPU s per million | p50 µs | p99 µs | bytes per idle connection | lost, disordered |")
print("|---|---|---|---|---|---|")
for name in dict.fromkeys(r["name"] for r in kept):
    of = [r for r in kept if r["name"] == name]
    mid = lambda key: statistics.median(r[key] for r in of)
    wrong = sum(r["lost"] + r["disorder"] + (not r["ok"]) for r in of)
    print(f"| {name} | {mid('cpu_s_per_M'):.2f} | {mid('lat_p50_us'):.0f} | {mid('lat_p99_us'):.0f} "
          f"| {mid('rss_idle_bytes_per_conn'):.0f} | {wrong} |")
PYTHON
