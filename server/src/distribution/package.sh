#!/bin/sh
# Packs the distribution: $1/nereid-$2.tar.gz with the jars of $1/app/lib, the launcher, a Java runtime of only the
# modules that the server needs, an archive of classes, and the licences. $3 is the root of the source tree.
set -eu

target=$1
version=$2
source=$3
stage=$target/distribution/nereid-$version
# What jdeps finds in the jars, and for operation: jcmd, flight recordings.
modules=java.base,java.desktop,java.instrument,java.logging,java.management,java.naming,java.net.http,java.security.jgss
modules=$modules,java.sql,java.xml,jdk.attach,jdk.incubator.vector,jdk.jcmd,jdk.jfr,jdk.management,jdk.unsupported,jdk.zipfs

# The list of third-party jars is written by hand, but never wrong.
listed=$(sed -n 's/^| `\([^`]*\.jar\)` |.*/\1/p' "$source/docs/third-party.md" | LC_ALL=C sort)
packed=$(ls "$target/app/lib" | grep -Ev "^(kernels|kserve-proto|models|native|server)-$version\.jar$" | LC_ALL=C sort)
if [ "$listed" != "$packed" ]; then
  echo "docs/third-party.md is not what is packed (the jars of server/target/app/lib):" >&2
  printf '%s\n%s\n' "$listed" "$packed" | LC_ALL=C sort | uniq -u >&2
  exit 1
fi

rm -rf "$target/distribution"
mkdir -p "$stage"

# The runtime is linked again only when the JDK or the list of modules has changed.
runtime=$target/runtime
key="$modules $(cat "$JAVA_HOME/release")"
if [ ! -f "$runtime.key" ] || [ "$(cat "$runtime.key")" != "$key" ]; then
  rm -rf "$runtime" "$runtime.key"
  "$JAVA_HOME/bin/jlink" --add-modules "$modules" --output "$runtime" --strip-java-debug-attributes \
    --no-header-files --no-man-pages --compress zip-6 --generate-cds-archive >/dev/null
  printf '%s' "$key" >"$runtime.key"
fi

cp -Rp "$runtime" "$stage/runtime"
cp -Rp "$target/app/lib" "$stage/lib"
cp "$source/nereid" "$source/LICENSE" "$source/.mvn/find-jdk.sh" "$source/docs/usage.txt" "$stage/"
cp "$source/docs/third-party.md" "$stage/THIRD-PARTY.md"
ln -s nereid "$stage/tritonserver"
"$source/.mvn/archive-classes.sh" "$stage/nereid" "$stage/serve.jsa" "$source/models/examples"
tar -C "$target/distribution" -cf - "nereid-$version" | gzip >"$target/nereid-$version.tar.gz"
