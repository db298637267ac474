#!/bin/sh
# Packs the distribution: $1/nereid-$2.tar.gz with the jars of $1/app/lib, the launcher, a Java runtime of only the
# modules that the server needs, an archive of classes, and the licences. $3 is the root of the source tree, $4 the time of the
# files in jars that are packed anew.
set -eu

target=$1
version=$2
source=$3
stage=$target/distribution/nereid-$version
# What jdeps finds in the jars, and for operation: jcmd, flight recordings. Of java.desktop only pictures are read: what is for
# windows, fonts and sounds stays out.
modules=java.base,java.desktop,java.instrument,java.logging,java.management,java.naming,java.net.http,java.security.jgss
modules=$modules,java.sql,java.xml,jdk.attach,jdk.incubator.vector,jdk.jcmd,jdk.jfr,jdk.management,jdk.unsupported,jdk.zipfs

# The list of third-party jars is written by hand, but never wrong.
listed=$(sed -n 's/^| `\([^`]*\.jar\)` |.*/\1/p' "$source/docs/third-party.md" | LC_ALL=C sort)
packed=$(find "$target/app/lib" -name '*.jar' -exec basename {} \; | grep -Ev "^(cuda|engine|kernels|kserve-proto|models|native|server)-$version\.jar$" | LC_ALL=C sort)
if [ "$listed" != "$packed" ]; then
  echo "docs/third-party.md is not what is packed (the jars of server/target/app/lib):" >&2
  printf '%s\n%s\n' "$listed" "$packed" | LC_ALL=C sort | uniq -u >&2
  exit 1
fi

rm -rf "$target/distribution"
mkdir -p "$stage"

# The runtime is linked again only when the JDK or the list of modules has changed.
runtime=$target/runtime
key="$modules $(cat "$JAVA_HOME/release" "$0")"
if [ ! -f "$runtime.key" ] || [ "$(cat "$runtime.key")" != "$key" ]; then
  rm -rf "$runtime" "$runtime.key"
  "$JAVA_HOME/bin/jlink" --add-modules "$modules" --output "$runtime" --strip-java-debug-attributes \
    --no-header-files --no-man-pages --compress zip-6 --generate-cds-archive \
    --exclude-files '**/libfontmanager.so,**/libfreetype.so,**/libawt_xawt.so,**/libjsound.so,**/libsplashscreen.so' >/dev/null
  # Classes for heaps of more than 32 GB: tensors do not live there, and the JVM makes it no larger by itself.
  rm -f "$runtime/lib/server/classes_nocoops.jsa"
  printf '%s' "$key" >"$runtime.key"
fi

cp -Rp "$runtime" "$stage/runtime"
cp -Rp "$target/app/lib" "$stage/lib"

# The runtime is for one system, so the native libraries that two jars have for others are only weight.
case "$(uname -s)-$(uname -m)" in
Linux-x86_64) own='*linux_x86_64*|*epoll_x86_64*|*/Linux/x86_64/*' ;;
Linux-aarch64) own='*linux_aarch_64*|*epoll_aarch_64*|*/Linux/aarch64/*' ;;
Darwin-x86_64) own='*osx_x86_64*|*/Mac/x86_64/*' ;;
Darwin-arm64) own='*osx_aarch_64*|*/Mac/aarch64/*' ;;
*) own='*' ;;
esac

# Packs the jar $1 anew, whose native libraries are in its folder $2, with those of this system; $3 is the time of its files.
keep_own_libraries() {
  unpacked=$target/distribution/unpacked
  mkdir "$unpacked"
  (cd "$unpacked" && "$JAVA_HOME/bin/jar" --extract --file "$1")
  find "$unpacked/$2" -type f >"$unpacked.files"
  while IFS= read -r file; do
    eval "case \$file in $own) ;; *) rm \"\$file\" ;; esac"
  done <"$unpacked.files"
  # In order and with one time, so that the same build gives the same bytes.
  (cd "$unpacked" && find . -type f ! -path ./META-INF/MANIFEST.MF | LC_ALL=C sort | sed 's|^\./||; s/.*/"&"/') >"$unpacked.files"
  (cd "$unpacked" && "$JAVA_HOME/bin/jar" --create --file "$1" --manifest META-INF/MANIFEST.MF --date "$3" "@$unpacked.files")
  rm "$unpacked.files"
  rm -r "$unpacked"
}
keep_own_libraries "$(ls "$stage"/lib/grpc-netty-shaded-*.jar)" META-INF/native "$4"
keep_own_libraries "$(ls "$stage"/lib/snappy-java-*.jar)" org/xerial/snappy/native "$4"
cp "$source/nereid" "$source/LICENSE" "$source/.mvn/find-jdk.sh" "$stage/"
cp "$source/docs/usage.txt" "$source/docs/usage-inspect.txt" "$source/docs/usage-check.txt" \
  "$source/docs/usage-models.txt" \
  "$source/docs/usage-traffic.txt" "$source/docs/usage-batch.txt" \
  "$source/docs/usage-conformance.txt" \
  "$source/docs/usage-version.txt" "$source/docs/usage-tensorflow_model_server.txt" \
  "$source/docs/usage-torchserve.txt" "$stage/"
cp "$source/docs/third-party.md" "$stage/THIRD-PARTY.md"
for name in tritonserver tensorflow_model_server tf_serving_entrypoint.sh torchserve; do
  ln -s nereid "$stage/$name"
done
"$source/.mvn/archive-classes.sh" "$stage/nereid" "$stage/serve.jsa" "$source/models/examples"
tar -C "$target/distribution" -cf "$target/nereid-$version.tar" "nereid-$version"
gzip -f "$target/nereid-$version.tar"
