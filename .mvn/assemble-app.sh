#!/bin/sh
# Gathers what the launcher runs: $1/lib with every jar of the class path in file $2 and the module's own jar $3. What reads
# remote repositories goes to $1/lib/stores.
# $1/complete is written last; the launcher compares its age with the sources'.
set -eu

app=$1
rm -rf "$app/lib" "$app/complete"
mkdir -p "$app/lib/stores"
tr ':' '\n' <"$2" | while read -r jar || [ -n "$jar" ]; do
  case "$jar" in
  */software/amazon/* | */com/azure/* | */com/microsoft/azure/* | */io/projectreactor/* | */org/reactivestreams/* | \
    */com/google/auth/* | */com/google/http-client/* | */io/opencensus/* | */com/google/api/api-common/* | \
    */com/google/auto/value/* | */javax/annotation/* | */jackson-datatype-jsr310/*)
    cp -p "$jar" "$app/lib/stores/"
    ;;
  *) cp -p "$jar" "$app/lib/" ;;
  esac
done
cp -p "$3" "$app/lib/"
: >"$app/complete"
