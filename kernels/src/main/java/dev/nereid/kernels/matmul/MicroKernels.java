package dev.nereid.kernels.matmul;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.MicroKernelGenerator.Addend;
import dev.nereid.kernels.matmul.MicroKernelGenerator.Earlier;
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
        private final int[] heights;
        private final MicroKernel[] kernels;

        private Family(int[] heights, MicroKernel[] kernels) {
            this.heights = heights;
            this.kernels = kernels;
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

    /** Rows of a tile that may be interleaved: with one address for all of them the registers suffice. */
    static final int INTERLEAVED = 6;

    private static final ConcurrentMap<Tile, MicroKernel> GENERATED = new ConcurrentHashMap<>();

    private final int vectorBits;
    private final AtomicReferenceArray<@Nullable Family> families = new AtomicReferenceArray<>(1024);

    MicroKernels(int vectorBits) {
        this.vectorBits = vectorBits;
    }

    /** Kernels for the widest vectors of {@code cpu} that there are any for. */
    static MicroKernels of(Cpu cpu) {
        int bits = cpu.vectorBits();
        return new MicroKernels(bits >= 512 ? 512 : bits >= 256 ? 256 : 128);
    }

    int lanes() {
        return vectorBits / Float.SIZE;
    }

    /** Vectors in a row of a full panel: as many as leave the registers for a tile that keeps both FMA units busy. */
    int panelVectors() {
        return vectorBits == 512 ? 4 : 2;
    }

    /**
     * Whether it pays to interleave rows of the left side. Not with AVX2: from one address C2 reads elements so early that
     * its 16 registers do not hold them and all sums.
     */
    boolean interleaves() {
        return vectorBits != 256;
    }

    /**
     * The kernels for tiles of {@code vectors} vectors a row, in a packed panel of that width or in any matrix.
     *
     * @param earlier what becomes of the sums that c holds
     * @param addend what is added to them in the end
     * @param interleaved whether the tiles of {@link #INTERLEAVED} rows read them interleaved
     */
    Family family(int vectors, Earlier earlier, Addend addend, boolean tail, boolean packed, boolean interleaved) {
        int index = vectors << 7
                | earlier.code() << 5
                | addend.code() << 3
                | (tail ? 4 : 0)
                | (packed ? 2 : 0)
                | (interleaved ? 1 : 0);
        Family family = families.get(index);
        if (family == null) {
            int[] heights = heights(vectors, interleaved);
            MicroKernel[] kernels = new MicroKernel[heights.length];
            for (int i = 0; i < heights.length; i++) {
                boolean tall = interleaved && heights[i] == INTERLEAVED;
                int panelVectors = packed ? vectors : 0;
                kernels[i] =
                        kernel(new Tile(vectorBits, heights[i], vectors, earlier, addend, tail, panelVectors, tall));
            }
            family = new Family(heights, kernels);
            families.set(index, family);
        }
        return family;
    }

    private static MicroKernel kernel(Tile tile) {
        return GENERATED.computeIfAbsent(tile, MicroKernelGenerator::generate);
    }

    /** Many rows hide the latency of an addition, but take no more accumulators than there are registers. */
    private int[] heights(int vectors, boolean interleaved) {
        int most = vectorBits == 512 && vectors <= 2 && !interleaved ? 8 : INTERLEAVED;
        return new int[] {most, 4, 2, 1};
    }
}
