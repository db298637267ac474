#!/bin/sh
# Starts the server of launcher $1 once, on the models of $3, and has the JVM keep the classes it loaded in the archive
# $2, which halves the time that later starts take. A convenience: where it does not work, it says so and nothing fails.
set -u

launcher=$1
archive=$2
log=$archive.log
rm -f "$archive"
: >"$log"
NEREID_BUILDING=true NEREID_JAVA_OPTIONS="-XX:ArchiveClassesAtExit=$archive -Xlog:cds=off -Xlog:cds+dynamic=off" "$launcher" serve \
  "--model-repository=$3" --http-address=127.0.0.1 --grpc-address=127.0.0.1 --http-port=0 --grpc-port=0 \
  --metrics-port=0 --exit-on-error=false >"$log" 2>&1 &
server=$!
seconds=0
until grep -q '^Model ' "$log" || [ "$seconds" -ge 120 ]; do
  sleep 1
  seconds=$((seconds + 1))
  kill -0 "$server" 2>/dev/null || break
done
kill -TERM "$server" 2>/dev/null
if wait "$server" && [ -f "$archive" ]; then
  rm -f "$log"
else
  echo "no class archive was made, starts will be slower; see $log" >&2
fi
exit 0
