package dev.nereid.kernels.matmul;

import dev.nereid.kernels.matmul.MicroKernelGenerator.Start;
import dev.nereid.kernels.matmul.MicroKernelGenerator.Tile;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

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

    /** Rows that are interleaved for a tile. */
    static final int INTERLEAVED = 6;

    private static final ConcurrentMap<Tile, MicroKernel> GENERATED = new ConcurrentHashMap<>();

    private final int vectorBits;
    private final AtomicReferenceArray<@Nullable Family> families = new AtomicReferenceArray<>(256);

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

    /** The kernels for tiles of {@code vectors} vectors a row, the tallest for interleaved rows of a if asked for. */
    Family family(int vectors, Start start, boolean tail, boolean packed, boolean interleaved) {
        int index = vectors << 4 | start.code() << 2 | (tail ? 2 : 0) | (packed ? 1 : 0);
        Family family = families.get(index);
        if (family == null) {
            family = generate(vectors, start, tail, packed, interleaved);
            families.set(index, family);
        }
        return family;
    }

    private Family generate(int vectors, Start start, boolean tail, boolean packed, boolean interleaved) {
        int[] heights = heights(vectors, interleaved);
        MicroKernel[] kernels = new MicroKernel[heights.length];
        for (int i = 0; i < heights.length; i++) {
            Tile tile =
                    new Tile(vectorBits, heights[i], vectors, start, tail, packed ? vectors : 0, interleaved && i == 0);
            kernels[i] = GENERATED.computeIfAbsent(tile, MicroKernelGenerator::generate);
        }
        return new Family(vectors, heights, kernels);
    }

    /** Tall tiles need many accumulators to hide the latency of an addition, but no more than there are registers. */
    private int[] heights(int vectors, boolean interleaved) {
        int tallest = vectorBits == 512 && vectors <= 2 && !interleaved ? 8 : INTERLEAVED;
        return new int[] {tallest, 4, 2, 1};
    }
}
