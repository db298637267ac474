#!/bin/sh
# Builds the native library into DIRECTORY: build.sh DIRECTORY
# Prints one line that says what it did. Where there is nothing to build with or for, that is no error: the Java
# kernels serve every model.
set -eu

sources=$(cd "$(dirname "$0")/src/main/c" && pwd)
target=$1/linux-x86_64
library=$target/libnereid.so
compiler=${CC:-gcc}

if [ "$(uname -s)" != Linux ] || { [ "$(uname -m)" != x86_64 ] && [ "$(uname -m)" != amd64 ]; }; then
    echo "native: skipped, no native kernels for $(uname -s) $(uname -m)"
    exit 0
fi
if ! command -v "$compiler" > /dev/null 2>&1; then
    rm -f "$library"
    echo "native: skipped, no C compiler '$compiler' on the path"
    exit 0
fi
if [ -f "$library" ] && [ -z "$(find "$sources" "$0" -newer "$library" -print -quit)" ]; then
    echo "native: $library is up to date"
    exit 0
fi
if ! echo | "$compiler" -mavx512vnni -mavx512bf16 -mavxvnni -E -x c - > /dev/null 2>&1; then
    rm -f "$library"
    echo "native: skipped, the C compiler '$compiler' does not know AVX VNNI (gcc 11 does)"
    exit 0
fi

mkdir -p "$target"
# Each function names the instructions it needs, so that one library loads on any x86-64.
# Contraction would round a multiply-add once where the Java kernels round twice.
"$compiler" -std=c11 -O3 -ffp-contract=off -fPIC -shared -fvisibility=hidden -Wall -Wextra -Werror -Wl,--build-id=none \
    "$sources"/*.c -o "$library.new"
mv "$library.new" "$library"
echo "native: built $library"
