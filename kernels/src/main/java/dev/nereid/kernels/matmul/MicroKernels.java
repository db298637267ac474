package dev.nereid.kernels.matmul;

import dev.nereid.kernels.matmul.MicroKernelGenerator.Tile;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The micro-kernels of one vector width, made when they are first asked for and kept for the life of the JVM: at most
 * four tile heights for each of the few widths and variants.
 */
final class MicroKernels {
    /** Kernels of all heights for tiles that are otherwise alike. */
    static final class Family {
        private final int vectors;
        private final int[] heights;
        private final MicroKernel[] kernels;

        private Family(int vectors, int[] heights, MicroKernel[] kernels) {
            this.vectors = vectors;
            this.heights = heights;
            this.kernels = kernels;
        }

        int vectors() {
            return vectors;
        }

        /** Number of the tallest kernel for at most {@code rows} rows. */
        int tallest(int rows) {
            int i = 0;
            while (heights[i] > rows) {
                i++;
            }
            return i;
        }

        int height(int number) {
            return heights[number];
        }

        MicroKernel kernel(int number) {
            return kernels[number];
        }
    }

    private record Variant(int vectors, boolean fromZero, boolean tail, boolean packed) {}

    private static final ConcurrentMap<Tile, MicroKernel> GENERATED = new ConcurrentHashMap<>();

    private final int vectorBits;
    private final ConcurrentMap<Variant, Family> families = new ConcurrentHashMap<>();

    MicroKernels(int vectorBits) {
        this.vectorBits = vectorBits;
    }

    int lanes() {
        return vectorBits / Float.SIZE;
    }

    /** Vectors in a row of a full panel: as many as leave the registers for a tile that keeps both FMA units busy. */
    int panelVectors() {
        return vectorBits == 512 ? 4 : 2;
    }

    /** The kernels for tiles of {@code vectors} vectors a row. */
    Family family(int vectors, boolean fromZero, boolean tail, boolean packed) {
        return families.computeIfAbsent(new Variant(vectors, fromZero, tail, packed), this::generate);
    }

    private Family generate(Variant variant) {
        int[] heights = heights(variant.vectors());
        MicroKernel[] kernels = new MicroKernel[heights.length];
        for (int i = 0; i < heights.length; i++) {
            Tile tile = new Tile(
                    vectorBits, heights[i], variant.vectors(), variant.fromZero(), variant.tail(), variant.packed());
            kernels[i] = GENERATED.computeIfAbsent(tile, MicroKernelGenerator::generate);
        }
        return new Family(variant.vectors(), heights, kernels);
    }

    /** Tall tiles need many accumulators to hide the latency of an addition, but no more than there are registers. */
    private int[] heights(int vectors) {
        int tallest = vectorBits == 512 && vectors <= 2 ? 8 : 6;
        return new int[] {tallest, 4, 2, 1};
    }
}
