#!/usr/bin/env bash
# CPU time that a proxy process spends on one request, beside HAProxy and nginx stream, in one interleaved run.
#
#   bench/compare-cpu.sh [ROUNDS] [SECONDS]      default 7 rounds of 3 seconds each
#
# Needs: dotnet, wrk, haproxy, nginx with its stream module, curl (Debian: wrk haproxy nginx-core libnginx-mod-stream curl).
# Same backend, same load generator, same machine; the proxies take turns in every round, in rotating order. Shown are
# medians of user plus system time from /proc/PID/stat over all threads and processes of a proxy, per request, and
# the ratio to HAProxy. Everything listens on 127.0.0.1 and is stopped at the end.
set -euo pipefail

rounds=${1:-7}
seconds=${2:-3}
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
chmod 755 "$dir"
cores=$(nproc)
hertz=$(getconf CLK_TCK)
backend=19180
declare -A port=([l4proxy-linux]=19181 [l4proxy-portable]=19182 [haproxy]=19183 [nginx-stream]=19184)
declare -A pid
names=(l4proxy-linux haproxy nginx-stream l4proxy-portable)

cleanup() {
    trap - EXIT
    kill "${pid[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$dir"
}
trap cleanup EXIT

for tool in dotnet wrk haproxy nginx curl; do
    command -v "$tool" >/dev/null || { echo "compare-cpu: $tool is missing" >&2; exit 2; }
done

modules=$(dirname "$(find /usr/lib /usr/share /etc -name ngx_stream_module.so 2>/dev/null | head -n 1)")
fill() {
    sed -e "s|@DIR@|$dir|g; s|@CORES@|$cores|g; s|@BACKEND@|$backend|g; s|@MODULES@|$modules|g; s|@PORT@|${port[$1]:-0}|g" "$2"
}

dotnet publish "$here/../src/L4Proxy" -c Release -o "$dir/l4proxy" -v quiet --nologo >/dev/null
head -c 67108864 /dev/zero >"$dir/bulk"
fill backend "$here/peers/backend.conf" >"$dir/backend.conf"
fill haproxy "$here/peers/haproxy.cfg" >"$dir/haproxy.cfg"
fill nginx-stream "$here/peers/nginx-stream.conf" >"$dir/nginx-stream.conf"

nginx -c "$dir/backend.conf" 2>/dev/null & pid[backend]=$!
haproxy -f "$dir/haproxy.cfg" >/dev/null 2>&1 & pid[haproxy]=$!
nginx -c "$dir/nginx-stream.conf" 2>/dev/null & pid[nginx-stream]=$!
for engine in linux portable; do
    "$dir/l4proxy/l4proxy" forward --engine "$engine" "${port[l4proxy-$engine]}=127.0.0.1:$backend" >/dev/null 2>&1 &
    pid[l4proxy-$engine]=$!
done

for name in "${names[@]}"; do
    curl -sf -m 5 --retry 50 --retry-delay 1 --retry-connrefused -o /dev/null "http://127.0.0.1:${port[$name]}/" ||
        { echo "compare-cpu: $name does not relay" >&2; exit 2; }
done

# User plus system ticks of a process and its children, all threads.
ticks() {
    local total=0 p
    for p in "$1" $(pgrep -P "$1" || true); do
        total=$((total + $(awk '{print $14 + $15}' "/proc/$p/stat")))
    done
    echo "$total"
}

# One measurement: name, connections, path, extra wrk arguments; prints microseconds of CPU per request and requests per second.
measure() {
    local name=$1 connections=$2 path=$3 before after requests
    shift 3
    before=$(ticks "${pid[$name]}")
    wrk -t1 -c"$connections" -d"${seconds}s" "$@" "http://127.0.0.1:${port[$name]}$path" >"$dir/wrk.txt"
    after=$(ticks "${pid[$name]}")
    requests=$(awk '/requests in/ {print $1}' "$dir/wrk.txt")
    awk -v t=$((after - before)) -v hz="$hertz" -v n="$requests" -v s="$seconds" \
        'BEGIN {printf "%.3f %.0f\n", t / hz * 1e6 / n, n / s}'
}

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

scenario() {
    local title=$1 connections=$2 path=$3 name i
    shift 3
    rm -f "$dir"/*.cpu "$dir"/*.rate
    for name in "${names[@]}"; do
        measure "$name" "$connections" "$path" "$@" >/dev/null
    done
    for ((i = 0; i < rounds; i++)); do
        for ((k = 0; k < ${#names[@]}; k++)); do
            name=${names[$(((i + k) % ${#names[@]}))]}
            read -r cpu rate < <(measure "$name" "$connections" "$path" "$@")
            echo "$cpu" >>"$dir/$name.cpu"
            echo "$rate" >>"$dir/$name.rate"
        done
    done
    printf '\n%s\n%-18s %12s %12s %10s %10s\n' "$title" proxy 'CPU us/op' 'op/s' '/haproxy' '/nginx'
    local haproxy nginx
    haproxy=$(median <"$dir/haproxy.cpu")
    nginx=$(median <"$dir/nginx-stream.cpu")
    for name in "${names[@]}"; do
        local own
        own=$(median <"$dir/$name.cpu")
        awk -v name="$name" -v own="$own" -v rate="$(median <"$dir/$name.rate")" -v h="$haproxy" -v n="$nginx" \
            'BEGIN {printf "%-18s %12.2f %12d %10.2f %10.2f\n", name, own, rate, own / h, own / n}'
    done
}

echo "$(uname -sr), $cores cores, $(haproxy -v | head -n 1), $(nginx -v 2>&1), .NET $(dotnet --version), $rounds rounds of ${seconds} s"
scenario 'rr: small request and answer, 64 connections' 64 /
scenario 'crr: connect, one exchange, close, 16 connections' 16 / -H 'Connection: close'
scenario 'bulk: 64 MiB answers, 4 connections' 4 /bulk
