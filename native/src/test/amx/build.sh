#!/bin/sh
# Builds a library whose products with AMX run on an emulation of its instructions, for tests only: build.sh LIBRARY
# Prints one line that says what it did. Without gcc that is no error; the tests then say what they skip.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../main/c
library=$1
compiler=${CC:-gcc}

skip() {
    rm -f "$library"
    echo "emulated AMX: skipped, $1"
    exit 0
}

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || skip "it is for Linux x86_64 only"
command -v "$compiler" > /dev/null 2>&1 || skip "no C compiler '$compiler' on the path"
if [ -f "$library" ] && [ -z "$(find "$here" "$kernels" -newer "$library" -type f -print -quit)" ]; then
    echo "emulated AMX: $library is up to date"
    exit 0
fi

mkdir -p "$(dirname "$library")"
cd "$kernels"
# What the products call beside their own functions.
"$compiler" -std=c11 -O2 -ffp-contract=off -fPIC -shared -fvisibility=hidden -Wall -Wextra -Werror -DNEREID_EMULATED_AMX \
    -I"$here" -I. -Ix86_64 "$here/amx_cpu.c" version.c uint8_windows.c x86_64/bf16_panel_amx.c x86_64/cpu.c x86_64/int8_gemm_amx.c \
    x86_64/int8_pack.c x86_64/uint8_quantize.c x86_64/uint8_rows.c -lm -o "$library.new"
mv "$library.new" "$library"
echo "emulated AMX: built $library"
