#!/bin/sh
# Builds the native libraries into DIRECTORY: build.sh DIRECTORY
# One for each architecture that there are kernels for, DIRECTORY/linux-ARCHITECTURE/libnereid.so: the machine's own by CC
# (gcc), others by a cross compiler, NEREID_CC_X86_64 (x86_64-linux-gnu-gcc) and NEREID_CC_AARCH64 (aarch64-linux-gnu-gcc).
# Prints one line for each that says what it did. Where there is nothing to build with or for, that is no error: the Java
# kernels serve every model.
set -eu

sources=$(cd "$(dirname "$0")/src/main/c" && pwd)
target=$1

if [ "$(uname -s)" != Linux ]; then
    echo "native: skipped, no native kernels for $(uname -s)"
    exit 0
fi
case $(uname -m) in
amd64) own=x86_64 ;;
arm64) own=aarch64 ;;
*) own=$(uname -m) ;;
esac

compiler_of() {
    case $1 in
    "$own") echo "${CC:-gcc}" ;;
    x86_64) echo "${NEREID_CC_X86_64:-x86_64-linux-gnu-gcc}" ;;
    aarch64) echo "${NEREID_CC_AARCH64:-aarch64-linux-gnu-gcc}" ;;
    esac
}

# What a compiler must know for an architecture, and the first of gcc's versions that does.
flags_of() {
    case $1 in
    x86_64) echo -mavx512vnni -mavx512bf16 -mavxvnni ;;
    aarch64) echo -march=armv8.6-a+sve ;;
    esac
}

needs_of() {
    case $1 in
    x86_64) echo 'AVX VNNI (gcc 11 does)' ;;
    aarch64) echo 'SVE with I8MM and BF16 (gcc 10 does)' ;;
    esac
}

build() {
    architecture=$1
    compiler=$(compiler_of "$architecture")
    library=$target/linux-$architecture/libnereid.so
    if ! command -v "$compiler" > /dev/null 2>&1; then
        rm -f "$library"
        echo "native: skipped linux-$architecture, no C compiler '$compiler' on the path"
        return
    fi
    if [ -f "$library" ] && [ -z "$(find "$sources" "$0" -newer "$library" -print -quit)" ]; then
        echo "native: $library is up to date"
        return
    fi
    # Unquoted: several flags.
    # shellcheck disable=SC2046
    if ! "$compiler" $(flags_of "$architecture") -I "$sources" -fsyntax-only "$sources/$architecture/cpu.c" \
        > /dev/null 2>&1; then
        rm -f "$library"
        echo "native: skipped linux-$architecture, the C compiler '$compiler' does not know" \
            "$(needs_of "$architecture"), or has not the headers of Linux and the C library"
        return
    fi
    mkdir -p "$target/linux-$architecture"
    # Each function names the instructions it needs, so that one library loads on any CPU of its architecture.
    # Contraction would round a multiply-add once where the Java kernels round twice.
    objects=$target/linux-$architecture/objects
    rm -rf "$objects"
    mkdir -p "$objects"
    # As many at a time as there are processors; the library is the same whichever comes first.
    printf '%s\n' "$sources"/*.c "$sources/$architecture"/*.c |
        xargs -P "$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 1)" -I '{}' sh -c '
            exec "$1" -std=c11 -O3 -ffp-contract=off -fPIC -fvisibility=hidden -Wall -Wextra -Werror -I "$2" \
                -c "$4" -o "$3/$(basename "$4" .c).o"' sh "$compiler" "$sources" "$objects" '{}'
    "$compiler" -shared -Wl,--build-id=none "$objects"/*.o -o "$library.new"
    rm -r "$objects"
    mv "$library.new" "$library"
    echo "native: built $library"
}

build x86_64
build aarch64
