#!/bin/sh
# Measures Nereid and another server side by side, the windows of one between those of the other, and prints the ratios:
#
#   bench/compare/servers.sh [options] [-- flags of ./nereid perf]
#
#   --other=HOST:PORT        a server that is already running, with the same models; without, the reference server
#                            (ONNX Runtime behind Nereid's own fronts; see README.md beside this file) is started
#   --model-repository=DIR   what Nereid and the reference server serve (default: models/examples)
#   --models=A,B             which are measured (default: simple,minilm)
#   --concurrency=S:E:STEP   users of a closed loop (default: 1:9:4)
#   --rounds=N               windows of each server at each level (default: 10)
#   --window-ms=N            how long a window is (default: 1000)
#   --protocol=http|grpc     (default: http)
#
# Everything listens on loopback. Servers that were started here are stopped at the end.
set -euf

home=$(cd "$(dirname "$0")/../.." && pwd)
other=
repository=$home/models/examples
models=simple,minilm
concurrency=1:9:4
rounds=10
window=1000
protocol=http
while [ $# -gt 0 ]; do
  case "$1" in
  --other=*) other=${1#*=} ;;
  --model-repository=*) repository=${1#*=} ;;
  --models=*) models=${1#*=} ;;
  --concurrency=*) concurrency=${1#*=} ;;
  --rounds=*) rounds=${1#*=} ;;
  --window-ms=*) window=${1#*=} ;;
  --protocol=*) protocol=${1#*=} ;;
  --)
    shift
    break
    ;;
  *)
    echo "servers.sh: unknown option '$1'; the first lines of $0 list them" >&2
    exit 2
    ;;
  esac
  shift
done

work=$(mktemp -d)
nereid=
reference=
cleanup() {
  [ -z "$nereid" ] || kill "$nereid" 2>/dev/null || true
  [ -z "$reference" ] || kill "$reference" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# wait_for PID LOG PATTERN: until the log has a line that matches, or the process ends.
wait_for() {
  tries=0
  until grep -q "$3" "$2" 2>/dev/null; do
    if ! kill -0 "$1" 2>/dev/null || [ "$tries" -ge 600 ]; then
      echo "servers.sh: a server did not start:" >&2
      tail -n 20 "$2" >&2
      exit 1
    fi
    sleep 0.2
    tries=$((tries + 1))
  done
}

# Built before anything is timed.
"$home/nereid" version >/dev/null
"$home/nereid" bench --version >/dev/null 2>&1

"$home/nereid" serve "--model-repository=$repository" --exit-on-error=false --http-address=127.0.0.1 \
  --grpc-address=127.0.0.1 --http-port=0 --grpc-port=0 --metrics-port=0 >"$work/nereid" 2>&1 &
nereid=$!
wait_for "$nereid" "$work/nereid" '^Model '
http=$(sed -n 's/.*Started HTTPService at 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$work/nereid")
grpc=$(sed -n 's/.*Started GRPCInferenceService at 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$work/nereid")

if [ -z "$other" ]; then
  "$home/nereid" bench reference-server "--model-repository=$repository" --http-port=0 --grpc-port=0 \
    >"$work/reference" 2>&1 &
  reference=$!
  wait_for "$reference" "$work/reference" '^ready'
  grep '^reference server' "$work/reference"
  case "$protocol" in
  grpc) other=127.0.0.1:$(sed -n 's/^HTTP at .* gRPC at 127\.0\.0\.1:\([0-9]*\)$/\1/p' "$work/reference") ;;
  *) other=127.0.0.1:$(sed -n 's/^HTTP at 127\.0\.0\.1:\([0-9]*\),.*/\1/p' "$work/reference") ;;
  esac
fi
case "$protocol" in
grpc) ours=127.0.0.1:$grpc ;;
*) ours=127.0.0.1:$http ;;
esac

echo "A is Nereid at $ours, B is $other; $(uname -sm), $(getconf _NPROCESSORS_ONLN) processors, $(date -u +%Y-%m-%d)"
for model in $(echo "$models" | tr , ' '); do
  echo
  echo "== $model"
  # Texts of 16 tokens for the sentence model of the examples; other models with open dims need --shape after --.
  shapes=
  [ "$model" != minilm ] || shapes='--shape input_ids:16 --shape attention_mask:16 --shape token_type_ids:16'
  "$home/nereid" perf -m "$model" -i "$protocol" -u "$ours" --vs "$other" --vs-rounds "$rounds" \
    --measurement-interval "$window" --concurrency-range "$concurrency" --input-data zero $shapes "$@"
done
