#!/bin/sh
# Builds the fake libnvidia-ml.so.1, for tests only: build.sh LIBRARY
# Prints one line that says what it did. Without gcc that is no error; the tests then say what they skip.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
library=$1
compiler=${CC:-gcc}

skip() {
    rm -f "$library"
    echo "fake libnvidia-ml: skipped, $1"
    exit 0
}

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || skip "it is for Linux x86_64 only"
command -v "$compiler" > /dev/null 2>&1 || skip "no C compiler '$compiler' on the path"
if [ -f "$library" ] && [ -z "$(find "$here" -newer "$library" -type f -print -quit)" ]; then
    echo "fake libnvidia-ml: $library is up to date"
    exit 0
fi
mkdir -p "$(dirname "$library")"
"$compiler" -std=c11 -O1 -fPIC -fvisibility=hidden -Wall -Wextra -Werror -shared -Wl,-soname,libnvidia-ml.so.1 \
    "$here/nvml.c" -o "$library.new"
mv "$library.new" "$library"
echo "fake libnvidia-ml: built $library"
