package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceProduct;
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

    /** What a block computes. All tiles add in the same order, but for splits. */
    enum Tile {
        LARGE(128, 256, ""),
        SMALL(64, 64, ""),
        /** K in splits, one after the other. */
        SLICED(128, 128, "_sliced"),
        /** One split of K, whose sums are parts of the product's. */
        PARTS(64, 64, "_parts");

        private final int rows;
        private final int columns;
        private final String suffix;

        Tile(int rows, int columns, String suffix) {
            this.rows = rows;
            this.columns = columns;
            this.suffix = suffix;
        }

        String kernel(DataType type) {
            return "warpgroup_" + type.name().toLowerCase(Locale.ROOT) + "_" + columns + suffix;
        }

        private int threads() {
            return WARPGROUP + rows / 64 * WARPGROUP;
        }

        private int sharedBytes() {
            return STAGES * (rows + columns) * LINE_BYTES + PIECE_BYTES;
        }

        /** The tile of products whose K is not cut. */
        static Tile of(int batch, int m, int n) {
            long large = (long) Math.ceilDiv(m, LARGE.rows) * Math.ceilDiv(n, LARGE.columns) * batch;
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

    /** Starts a kernel for so many products, or splits of products, with the arguments that are written. */
    static void run(Launcher launcher, DataType type, Tile tile, DeviceProduct p, int count) {
        launcher.runWith(
                tile.sharedBytes(),
                tile.kernel(type),
                Math.ceilDiv(p.m(), tile.rows),
                Math.ceilDiv(p.n(), tile.columns),
                count,
                tile.threads());
    }
}
