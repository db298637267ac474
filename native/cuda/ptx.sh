#!/bin/sh
# The PTX text of the CUDA kernels, which is kept in the tree so that a build needs no CUDA: one file compressed by gzip
# for each source. The compressed bytes depend on the text alone: no name and no time is kept in them.
#   ptx.sh make          makes it anew
#   ptx.sh check STAMP   says whether it is what nvcc makes of the sources, and whether ptxas takes it; fails if not.
#                        STAMP is touched, and nothing is done while no file is newer.
#   ptx.sh show NAME     writes the text of the source NAME.cu to standard output
# Without nvcc, or with another version than the text was made by, check compares nothing, says so, and succeeds.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
sources=$here/src/main/cuda
kept=$sources/ptx
# Sources for one architecture and up (for one alone where its name ends with a letter), the version of PTX that their
# drivers must know, and cards to assemble them for. PTX of 6.4 goes back to CUDA 10.1, 7.0 to 11.0 and 8.0 to 12.0;
# stream-ordered memory needs 11.2 anyway.
architectures="compute_75 compute_80 compute_90a"

sources_of() {
    case $1 in
    compute_75) echo "$sources"/*.cu ;;
    *) echo "$sources/$1"/*.cu ;;
    esac
}

version_of() {
    case $1 in
    compute_75) echo 6.4 ;;
    compute_80) echo 7.0 ;;
    *) echo 8.0 ;;
    esac
}

cards_of() {
    case $1 in
    compute_75) echo sm_75 sm_80 sm_90 ;;
    compute_80) echo sm_80 sm_90 ;;
    *) echo "sm_${1#compute_}" ;;
    esac
}

make_text() {
    # $1: source, $2: target architecture, $3: file. The pragma is a hint of newer versions of PTX, and no more.
    nvcc -ptx -arch="$2" -O3 -std=c++17 -Xcudafe --diag_suppress=177 "$1" -o "$3.raw"
    sed -e "s/^\.version .*/.version $(version_of "$2")/" -e '/\.pragma "used_bytes_mask/d' "$3.raw" > "$3"
    rm "$3.raw"
}

make_all() {
    # $1: folder. As many sources at a time as there are processors.
    for architecture in $architectures; do
        mkdir -p "$1/$architecture"
        for source in $(sources_of "$architecture"); do
            echo "$source $architecture $1/$architecture/$(basename "$source" .cu).ptx"
        done
    done | xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 3 sh "$0" text
}

expand_kept() {
    # $1: folder. Every file of the kept folder, as text; one that gzip cannot read ends the script.
    for file in "$kept"/*/*; do
        to=$1/$(basename "$(dirname "$file")")
        mkdir -p "$to"
        gzip -dc < "$file" > "$to/$(basename "$file" .gz)"
    done
}

release() {
    sed -n 's/^.*\(release [0-9.]*, V[0-9.]*\).*$/\1/p' | head -n 1
}

# xargs calls the script itself for one source.
if [ "${1:-}" = text ]; then
    make_text "$2" "$3" "$4"
    exit 0
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
case ${1:-} in
make)
    make_all "$folder"
    for architecture in $architectures; do
        mkdir -p "$kept/$architecture"
        rm -f "$kept/$architecture"/*
        for text in "$folder/$architecture"/*.ptx; do
            gzip -9 -n < "$text" > "$kept/$architecture/$(basename "$text").gz"
        done
    done
    ;;
check)
    stamp=$2
    if ! command -v nvcc > /dev/null 2>&1; then
        echo "cuda: nvcc is not on the path; the PTX text in the tree is used unchecked"
        exit 0
    fi
    if [ -f "$stamp" ] && [ -z "$(find "$sources" "$0" -newer "$stamp" -type f -print -quit)" ]; then
        echo "cuda: the PTX text was checked before"
        exit 0
    fi
    expand_kept "$folder/kept"
    made=$(cat "$folder"/kept/*/*.ptx | release)
    have=$(nvcc --version | release)
    if [ "$made" != "$have" ]; then
        echo "cuda: the PTX text was made by nvcc $made and not $have; it is used unchecked"
        exit 0
    fi
    make_all "$folder/made"
    if ! diff -rq "$folder/kept" "$folder/made" >&2; then
        echo "cuda: the PTX text is not what nvcc makes of the sources: run native/cuda/ptx.sh make" >&2
        exit 1
    fi
    for architecture in $architectures; do
        for text in "$folder/made/$architecture"/*.ptx; do
            for card in $(cards_of "$architecture"); do
                report=$(ptxas -v -arch="$card" -o /dev/null "$text" 2>&1) || { echo "$report" >&2; exit 1; }
                # What it says where wgmma has to wait for what lies between.
                if echo "$report" | grep "wgmma.*serialized" >&2; then
                    exit 1
                fi
            done
        done
    done
    mkdir -p "$(dirname "$stamp")"
    touch "$stamp"
    echo "cuda: the PTX text is what $have makes of the sources, and ptxas takes it"
    ;;
show)
    gzip -dc < "$(echo "$kept"/*/"$2.ptx.gz")"
    ;;
*)
    echo "usage: ptx.sh make | check STAMP | show NAME" >&2
    exit 2
    ;;
esac
