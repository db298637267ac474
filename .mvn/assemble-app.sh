#!/bin/sh
# Gathers what the launcher runs: $1/lib with every jar of the class path in file $2 and the module's own jar $3.
# $1/complete is written last; the launcher compares its age with the sources'.
set -eu

app=$1
rm -rf "$app/lib" "$app/complete"
mkdir -p "$app/lib"
tr ':' '\n' <"$2" | while read -r jar || [ -n "$jar" ]; do
  cp -p "$jar" "$app/lib/"
done
cp -p "$3" "$app/lib/"
: >"$app/complete"
