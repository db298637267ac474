#!/bin/sh
# Builds the emulated libcuda.so.1, for tests only: build.sh LIBRARY JCUDA_FOLDER
# Prints one line that says what it did. Without g++ that is no error; the tests then say what they skip.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../main/cuda
library=$1
jcuda=$(echo "$2"/libJCudaDriver-*.so)
compiler=${CXX:-g++}

skip() {
    rm -f "$library"
    echo "emulated libcuda: skipped, $1"
    exit 0
}

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || skip "it is for Linux x86_64 only"
command -v "$compiler" > /dev/null 2>&1 || skip "no C++ compiler '$compiler' on the path"
[ -f "$jcuda" ] || skip "there is no JCuda library in $2"
command -v nm > /dev/null 2>&1 || skip "no nm on the path"
if [ -f "$library" ] && [ -z "$(find "$here" "$kernels" "$jcuda" -newer "$library" -type f -print -quit)" ]; then
    echo "emulated libcuda: $library is up to date"
    exit 0
fi

folder=$(dirname "$library")
mkdir -p "$folder"
flags="-std=c++17 -O2 -fPIC -fvisibility=hidden -U_FORTIFY_SOURCE -Wall -Wextra -Werror -Wno-unknown-pragmas -fno-strict-aliasing -pthread"
pids=
for source in "$here"/*.cpp; do
    "$compiler" $flags -I"$here" -c "$source" -o "$folder/$(basename "$source" .cpp).o" &
    pids="$pids $!"
done
for source in "$kernels"/*.cu "$kernels"/compute_*/*.cu; do
    "$compiler" $flags -DNEREID_EMULATED -I"$here" -x c++ -c "$source" -o "$folder/$(basename "$source" .cu).cu.o" &
    pids="$pids $!"
done
for pid in $pids; do
    wait "$pid"
done

# A function that JCuda's library imports and nobody has ends the JVM: what Nereid never calls answers "not supported".
nm -D --undefined-only "$jcuda" | sed -n 's/^ *U \(cu[A-Za-z0-9_]*\)$/\1/p' | sort > "$folder/imported"
for source in "$here"/*.cpp; do
    nm --defined-only "$folder/$(basename "$source" .cpp).o"
done | sed -n 's/^[0-9a-f]* T \(cu.*\)$/\1/p' | sort > "$folder/defined"
{
    echo '/* Generated: what JCuda imports and the emulated driver does not have. */'
    comm -23 "$folder/imported" "$folder/defined" |
        sed 's/.*/__attribute__((visibility("default"))) int &(void) { return 801; }/'
} > "$folder/missing.c"
"${CC:-gcc}" -O1 -fPIC -c "$folder/missing.c" -o "$folder/missing.o"

"$compiler" -shared -pthread -Wl,-soname,libcuda.so.1 -Wl,-z,defs "$folder"/*.o -o "$library.new"
mv "$library.new" "$library"
echo "emulated libcuda: built $library"
