package dev.nereid.nativekernels.cuda;

import dev.nereid.tensor.DataType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Starts the kernels that multiply numbers of 16 bits by warpgroups, which cards of compute capability 9.0 have. */
final class WarpgroupProducts {
    /** What they multiply. */
    static final List<DataType> TYPES = List.of(DataType.FP16, DataType.BF16);

    /** Threads that multiply 64 rows of a tile, or copy for all. */
    private static final int WARPGROUP = 128;

    /** Bytes of the 64 numbers along k that a stage has of each row and column. */
    private static final int LINE_BYTES = 128;

    private static final int STAGES = 4;

    /** What stages begin at multiples of; shared memory does not. */
    private static final int PIECE_BYTES = 1024;

    /** Large tiles that keep a card busy; with fewer, small ones are on more of its multiprocessors. */
    private static final int WORTHWHILE = 96;

    /** What a block computes. All tiles add in the same order. */
    enum Tile {
        LARGE(128, 256),
        SMALL(64, 64);

        private final int rows;
        private final int columns;

        Tile(int rows, int columns) {
            this.rows = rows;
            this.columns = columns;
        }

        String kernel(DataType type) {
            return "warpgroup_" + type.name().toLowerCase(Locale.ROOT) + "_" + columns;
        }

        private int threads() {
            return WARPGROUP + rows / 64 * WARPGROUP;
        }

        private int sharedBytes() {
            return STAGES * (rows + columns) * LINE_BYTES + PIECE_BYTES;
        }

        static Tile of(int m, int n) {
            long large = (long) Math.ceilDiv(m, LARGE.rows) * Math.ceilDiv(n, LARGE.columns);
            boolean wide = Math.ceilDiv(n, SMALL.columns) > CudaProducts.MOST_GRID;
            return wide || (m > SMALL.rows && large >= WORTHWHILE) ? LARGE : SMALL;
        }
    }

    private WarpgroupProducts() {}

    /** The shared memory that each kernel asks for; where that is not allowed, a launch is refused. */
    static Map<String, Integer> sharedBytes() {
        Map<String, Integer> bytes = new LinkedHashMap<>();
        for (DataType type : TYPES) {
            for (Tile tile : Tile.values()) {
                bytes.put(tile.kernel(type), tile.sharedBytes());
            }
        }
        return bytes;
    }

    /** Whether the card has the kernels. */
    static boolean areThere(Launcher launcher, DataType type) {
        return launcher.has(Tile.LARGE.kernel(type));
    }

    /**
     * Whether operands lie as the kernels' copies and stores want it: a matter of N, K and places, never of M.
     *
     * @param places the addresses of all three matrices, or'ed
     */
    static boolean suit(int n, int k, long places) {
        int each = CudaProducts.TENSOR_BYTES / Short.BYTES;
        return n % each == 0 && k % each == 0 && places % CudaProducts.TENSOR_BYTES == 0;
    }

    /** Multiplies a: [m, k] by b: [k, n], with the arguments that are written. */
    static void run(Launcher launcher, DataType type, int m, int n) {
        run(launcher, type, Tile.of(m, n), m, n);
    }

    static void run(Launcher launcher, DataType type, Tile tile, int m, int n) {
        launcher.runWith(
                tile.sharedBytes(),
                tile.kernel(type),
                Math.ceilDiv(m, tile.rows),
                Math.ceilDiv(n, tile.columns),
                tile.threads());
    }
}
