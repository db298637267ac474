#!/bin/sh
# Prints the classes that a start of the distribution's launcher $1 on the models of $2 loads, sorted; class-list.txt beside this
# file is its output. The image's class-data archive is made from that file and not from a run, because two runs differ in a
# few classes and the image has to be the same each time. A list that is old makes starts slower, never wrong.
set -eu
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
NEREID_JAVA_OPTIONS="-Xshare:off -XX:DumpLoadedClassList=$work/list" "$1" serve "--model-repository=$2" \
  --http-address=127.0.0.1 --grpc-address=127.0.0.1 --http-port=0 --grpc-port=0 --metrics-port=0 >"$work/log" 2>&1 &
server=$!
until grep -q '^Model ' "$work/log"; do
  kill -0 "$server"
  sleep 1
done
kill "$server"
wait "$server"
# Without the indices of constant pools and without lambdas, whose names change with every change of their class.
sed -e '/^#/d' -e '/^@cp/d' -e '/^@lambda-proxy/d' -e 's/ id: .*//' "$work/list" | sort -u
