#!/bin/sh
# Packs the distribution as an image: $1/nereid-$2-image.tar, an OCI image layout that `docker load` reads too, and its list of
# parts, $1/nereid-$2-sbom.cdx.json. $3 is the root of the source tree, $4 the time of all files and of the image.
#
# Needs neither a daemon nor a base image: a layer of the Java runtime with the files of Debian's packages that it needs, a layer of
# libraries, and one of Nereid. The same sources, JDK and versions of packages give the same bytes.
set -eu
export LC_ALL=C

target=$1
version=$2
source=$3
created=$4
epoch=$(date -d "$created" +%s)
stage=$target/distribution/nereid-$version
work=$target/image
archive=$target/nereid-$version-image.tar
sbom=$target/nereid-$version-sbom.cdx.json
home=opt/nereid

fail() {
  echo "image: $1" >&2
  exit 1
}

[ -x "$stage/runtime/bin/java" ] || fail "there is no distribution in $stage: run ./mvnw package -Pimage"
for program in apt-get dpkg-deb dpkg-query ldd; do
  command -v "$program" >/dev/null || fail "needs $program: build the image on Debian"
done
case $(uname -m) in
x86_64) architecture=amd64 ;;
aarch64) architecture=arm64 ;;
*) fail "no image for processors of the family $(uname -m): expected x86_64 or aarch64" ;;
esac

rm -rf "$work"
mkdir -p "$work/packages" "$work/debian" "$work/natives" "$work/blobs/sha256"
runtime=$work/runtime
libraries=$work/libraries
nereid=$work/nereid
mkdir -p "$runtime/$home" "$runtime/usr/bin" "$runtime/etc" "$runtime/tmp" "$runtime/models" "$libraries/$home" "$nereid/$home" \
  "$nereid/usr/bin"

# --- The layer of the runtime: Java without its own class-data archive, which that of the server replaces.
cp -R "$stage/runtime" "$runtime/$home/runtime"
rm -f "$runtime/$home/runtime/lib/server/classes.jsa" "$runtime/$home/runtime/lib/classlist"

# Shared libraries that the runtime and what our jars unpack need, and the packages that have them.
for jar in native cuda grpc-netty-shaded snappy-java; do
  (cd "$work/natives" && "$JAVA_HOME/bin/jar" --extract --file "$(ls "$stage/lib/$jar"-[0-9]*.jar)")
done
find "$stage/runtime" "$work/natives" -name '*.so' -o -path '*/bin/java' >"$work/objects"
xargs ldd <"$work/objects" 2>/dev/null | awk -v own="$target" '
  $3 ~ /^\// && index($3, own) != 1 {print $3}
  $1 ~ /^\/.*\/ld-linux/ {print $1}' | sort -u >"$work/needed"
packages=$(while read -r library; do
  dpkg-query --search "$(readlink -f "$library")"
done <"$work/needed" | sed 's/:.*//' | sort -u)
packages="$packages busybox-static libc-bin"
download() {
  # apt checks the packages' checksums against Debian's signed lists.
  (cd "$work/packages" && apt-get -qq download $packages) >"$work/apt.log" 2>&1
}
download || { apt-get -qq update && download; } || {
  cat "$work/apt.log" >&2
  fail "cannot get Debian's packages: $packages"
}
for package in "$work"/packages/*.deb; do
  dpkg-deb --extract "$package" "$work/debian"
done
# The loader keeps its path, which programs have inside; the rest lies where it looks first.
while read -r library; do
  file=$work/debian$(readlink -f "$library" | sed 's|^/lib|/usr/lib|')
  case $library in
  */ld-linux*) place=$runtime$library ;;
  *) place=$runtime/lib/$(basename "$(dirname "$library")")/$(basename "$library") ;;
  esac
  mkdir -p "$(dirname "$place")"
  cp -L "$file" "$place"
done <"$work/needed"
mkdir -p "$runtime/usr/lib/locale" "$runtime/usr/share/doc"
cp -R "$work/debian/usr/lib/locale/C.utf8" "$runtime/usr/lib/locale/"
for package in $packages; do
  mkdir "$runtime/usr/share/doc/$package"
  # For a library of GCC this is a link to a package that is installed with it.
  cp -L "$work/debian/usr/share/doc/$package/copyright" "$runtime/usr/share/doc/$package/" 2>/dev/null ||
    cp -L "/usr/share/doc/$package/copyright" "$runtime/usr/share/doc/$package/"
done
# What the launcher calls, and a shell for who looks inside.
cp "$work/debian/usr/bin/getconf" "$work/debian/usr/bin/busybox" "$runtime/usr/bin/"
ln -s usr/bin "$runtime/bin"
for applet in basename cat dirname env grep ls mkdir ps readlink sed sh sleep tr; do
  ln -s busybox "$runtime/usr/bin/$applet"
done
echo 'nereid:x:1000:1000:Nereid:/tmp:/bin/sh' >"$runtime/etc/passwd"
echo 'nereid:x:1000:' >"$runtime/etc/group"
echo 'hosts: files dns' >"$runtime/etc/nsswitch.conf"

# --- The layer of libraries, and that of Nereid: its jars, launchers and texts.
cp -R "$stage/lib" "$libraries/$home/lib"
mkdir "$nereid/$home/lib"
for module in cuda engine kernels kserve-proto models native server; do
  mv "$libraries/$home/lib/$module-$version.jar" "$nereid/$home/lib/"
done
find "$stage" -maxdepth 1 ! -type d ! -name serve.jsa -exec cp -P {} "$nereid/$home/" \;
cp "$source/server/src/distribution/entrypoint" "$nereid/$home/"
for name in nereid tritonserver tensorflow_model_server tf_serving_entrypoint.sh torchserve; do
  ln -s "/$home/$name" "$nereid/usr/bin/$name"
done

# --- The class-data archive. The JVM compares times of jars, so they get the image's; the folder above may differ.
joined=$work/joined
mkdir "$joined"
cp -Rl "$stage/runtime" "$joined/runtime"
cp -R "$libraries/$home/lib" "$joined/lib"
cp "$nereid/$home"/lib/*.jar "$joined/lib/"
find "$joined/lib" -name '*.jar' -exec touch -d "@$epoch" {} +
CLASSPATH=$(ls "$joined"/lib/*.jar | tr '\n' ':' | sed 's/:$//') "$joined/runtime/bin/java" -Xshare:dump \
  "-XX:SharedClassListFile=$source/server/src/distribution/class-list.txt" \
  "-XX:SharedArchiveFile=$nereid/$home/serve.jsa" -XX:+UseSerialGC --add-modules=jdk.incubator.vector \
  --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Xlog:cds=error >"$work/cds.log" 2>&1 || {
  tail "$work/cds.log" >&2
  fail "the JVM made no class-data archive"
}

# --- The list of parts: the jars with group and licence of docs/third-party.md, Debian's packages, and the Java runtime.
hash_of() {
  sha256sum "$1" | cut -d ' ' -f 1
}
# component TYPE GROUP NAME VERSION PURL [LICENCE] [SHA-256]
component() {
  printf ',\n    {"type": "%s", "bom-ref": "%s", ' "$1" "$5"
  [ -z "$2" ] || printf '"group": "%s", ' "$2"
  printf '"name": "%s", "version": "%s", "purl": "%s"' "$3" "$4" "$5"
  [ -z "${6-}" ] || printf ', "licenses": [{"license": {"name": "%s"}}]' "$6"
  [ -z "${7-}" ] || printf ', "hashes": [{"alg": "SHA-256", "content": "%s"}]' "$7"
  printf '}'
}
components() {
  java_version=$(sed -n 's/^JAVA_VERSION="\(.*\)"$/\1/p' "$stage/runtime/release")
  component platform '' openjdk "$java_version" "pkg:generic/openjdk@$java_version" 'GPL-2.0 with the Classpath Exception'
  for package in "$work"/packages/*.deb; do
    name=$(dpkg-deb --field "$package" Package)
    number=$(dpkg-deb --field "$package" Version)
    component library '' "$name" "$number" \
      "pkg:deb/debian/$name@$(printf %s "$number" | sed 's/:/%3A/g; s/+/%2B/g')?arch=$architecture" '' "$(hash_of "$package")"
  done
  sed -n 's/^| `\([^`]*\.jar\)` | \([^ ]*\) | \(.*\) |$/\1 \2 \3/p' "$source/docs/third-party.md" | while read -r jar group licence; do
    # Below the folder of a repository: artifact/version/artifact-version.jar.
    path=$(dirname "$(tr ':' '\n' <"$target/app-classpath" | grep "/$jar\$")")
    artifact=$(basename "$(dirname "$path")")
    number=$(basename "$path")
    component library "$group" "$artifact" "$number" "pkg:maven/$group/$artifact@$number" "$licence" \
      "$(hash_of "$(find "$libraries/$home/lib" -name "$jar")")"
  done
}
{
  printf '{\n  "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,\n'
  printf '  "metadata": {"timestamp": "%s", "component": {"type": "application", "bom-ref": "nereid", "name": "nereid",\n' "$created"
  printf '    "version": "%s", "licenses": [{"license": {"id": "Apache-2.0"}}]}},\n  "components": [' "$version"
  components | sed '1{/^,$/d;}'
  printf '\n  ]\n}\n'
} >"$sbom"
cp "$sbom" "$nereid/$home/sbom.cdx.json"

# --- The archive.
# blob FILE: moves it to where its digest says, and prints that.
blob() {
  digest=$(hash_of "$1")
  mv "$1" "$work/blobs/sha256/$digest"
  echo "$digest"
}
# pack FOLDER ARCHIVE NAME...: what the folder has under these names.
pack() {
  folder=$1
  packed=$2
  shift 2
  tar -C "$folder" --sort=name "--mtime=@$epoch" --owner=0 --group=0 --numeric-owner --format=ustar -cf "$packed" "$@"
}
layers=
diffs=
saved=
for layer in runtime libraries nereid; do
  chmod -R u=rwX,go=rX "$work/$layer"
  [ ! -d "$work/$layer/tmp" ] || chmod 1777 "$work/$layer/tmp"
  pack "$work/$layer" "$work/$layer.tar" .
  diffs="$diffs${diffs:+, }\"sha256:$(hash_of "$work/$layer.tar")\""
  gzip -n "$work/$layer.tar"
  size=$(stat -c %s "$work/$layer.tar.gz")
  echo "image: layer $layer: $size bytes compressed"
  digest=$(blob "$work/$layer.tar.gz")
  layers="$layers${layers:+, }{\"mediaType\": \"application/vnd.oci.image.layer.v1.tar+gzip\", \"digest\": \"sha256:$digest\", \"size\": $size}"
  saved="$saved${saved:+, }\"blobs/sha256/$digest\""
done
labels="\"org.opencontainers.image.title\": \"Nereid\", \"org.opencontainers.image.version\": \"$version\",
  \"org.opencontainers.image.description\": \"Inference server with the protocols of Triton, TensorFlow Serving and TorchServe\",
  \"org.opencontainers.image.licenses\": \"Apache-2.0\", \"org.opencontainers.image.created\": \"$created\""
cat >"$work/config" <<JSON
{"created": "$created", "architecture": "$architecture", "os": "linux",
 "config": {"User": "1000:1000", "WorkingDir": "/tmp", "StopSignal": "SIGTERM",
  "Env": ["PATH=/usr/local/bin:/usr/bin", "LANG=C.UTF-8", "HOME=/tmp"],
  "Entrypoint": ["/$home/entrypoint"],
  "ExposedPorts": {"8000/tcp": {}, "8001/tcp": {}, "8002/tcp": {}},
  "Labels": {$labels}},
 "rootfs": {"type": "layers", "diff_ids": [$diffs]},
 "history": [{"created": "$created", "created_by": "runtime"}, {"created": "$created", "created_by": "libraries"},
  {"created": "$created", "created_by": "nereid"}]}
JSON
size=$(stat -c %s "$work/config")
config=$(blob "$work/config")
cat >"$work/manifest" <<JSON
{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
 "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:$config", "size": $size},
 "layers": [$layers],
 "annotations": {$labels}}
JSON
size=$(stat -c %s "$work/manifest")
manifest=$(blob "$work/manifest")
layout=$work/layout
mkdir "$layout"
mv "$work/blobs" "$layout/blobs"
echo '{"imageLayoutVersion": "1.0.0"}' >"$layout/oci-layout"
cat >"$layout/index.json" <<JSON
{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
 "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:$manifest", "size": $size,
  "annotations": {"org.opencontainers.image.ref.name": "nereid:$version", "io.containerd.image.name": "docker.io/library/nereid:$version"},
  "platform": {"architecture": "$architecture", "os": "linux"}}]}
JSON
# What Docker before version 25 reads.
echo "[{\"Config\": \"blobs/sha256/$config\", \"RepoTags\": [\"nereid:$version\"], \"Layers\": [$saved]}]" >"$layout/manifest.json"
chmod -R u=rwX,go=rX "$layout"
pack "$layout" "$archive" blobs index.json manifest.json oci-layout
rm -rf "$work"
echo "image: $archive, $(stat -c %s "$archive") bytes, sha256:$manifest"
