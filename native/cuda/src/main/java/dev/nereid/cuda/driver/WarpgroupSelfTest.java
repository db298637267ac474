package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.driver.WarpgroupProducts.Tile;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.device.DeviceException;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Self-test on the card: small products by the warpgroup kernels and by the kernels for all cards with tensor cores must
 * agree. Their numbers are small integers, so that no sum is rounded in any order and both must give the same bits. With
 * numbers that are rounded, both tiles must give the same, and splits the same beside each other as in turn. One thread.
 */
final class WarpgroupSelfTest implements AutoCloseable {
    private record Size(int batch, int m, int n, int k) {
        int cells() {
            return batch * m * n;
        }

        /** Products beside each other, to each of which the same row is added. */
        DeviceProduct product(long row) {
            int[] dims = {1, 1, batch};
            int[] left = {0, 0, m * k};
            int[] right = {0, 0, k * n};
            return new DeviceProduct(m, n, k, k, 1, n, 1, dims, left, right, 1, 1, row, 0, 1, Activation.NONE, 0);
        }

        SplitK splits() {
            return new SplitK(Math.ceilDiv(k, SPLIT), SPLIT);
        }
    }

    /** Where the operands of a product are on the card, and room for its parts. */
    private record Places(SelfTestBench.Places all, long a, long b, long row) {
        static Places of(SelfTestBench.Places all, long aBytes, long bBytes) {
            return new Places(all, all.operands(), all.operands() + aBytes, all.operands() + aBytes + bBytes);
        }
    }

    /** The k of a split: more than a stage, so that there are several and the last one is short. */
    private static final int SPLIT = 128;

    /** Rows for each multiprocessor in the largest product, so that many blocks run beside each other. */
    private static final int ROWS_EACH = 16;

    /** Tiles that add in the same order. */
    private static final List<List<Tile>> ALIKE =
            List.of(List.of(Tile.SMALL, Tile.LARGE), List.of(Tile.PARTS, Tile.SLICED));

    private static final int MOST = 8;

    private final SelfTestBench bench;
    private final int rows;
    private final Random random = new Random(90);

    /** A self-test on a card with so many multiprocessors, which the calling thread talks to. */
    WarpgroupSelfTest(CudaDevice device, CudaModelResources resources, int multiprocessors) {
        this.bench = new SelfTestBench(device, resources);
        this.rows = Math.max(70, ROWS_EACH * multiprocessors);
    }

    /**
     * Runs the products.
     *
     * @return what was wrong; empty where nothing was
     * @throws DeviceException if the driver refuses something, as it does after a kernel that failed
     */
    Optional<String> run() {
        // One row and one chunk of k; ends inside of tiles and of stages, and a batch; more stages than there are
        // buffers,
        // many blocks.
        Size[] sizes = {new Size(1, 1, 8, 8), new Size(3, 70, 72, 136), new Size(1, rows, 264, 328)};
        for (DataType type : WarpgroupProducts.TYPES) {
            for (Size size : sizes) {
                Optional<String> problem = compare(type, size, true);
                if (problem.isPresent()) {
                    return problem;
                }
            }
            Optional<String> problem = compare(type, sizes[2], false);
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private Optional<String> compare(DataType type, Size size, boolean exact) {
        long aBytes = SelfTestBench.aligned(2L * size.batch * size.m * size.k);
        long bBytes = SelfTestBench.aligned(2L * size.batch * size.k * size.n);
        long rowBytes = SelfTestBench.aligned(2L * size.n);
        long partBytes = 4L * size.splits().count() * size.cells();
        try (NativeMemory operands = NativeMemory.allocate(aBytes + bBytes + rowBytes)) {
            SelfTestBench.fill(type, operands.segment(), random, exact ? Optional.of(MOST) : Optional.empty());
            return bench.place(operands.segment(), 2L * size.cells(), partBytes, all -> {
                Places places = Places.of(all, aBytes, bBytes);
                return exact ? compareExact(type, size, places) : compareRounded(type, size, places);
            });
        }
    }

    private Optional<String> compareExact(DataType type, Size size, Places places) {
        DeviceProduct product = size.product(places.row);
        try (NativeMemory expected =
                multiply(size, places, () -> HalfProducts.runTensors(bench.launcher(), type, product))) {
            return problem(type, size, places, List.of(Tile.values()), expected);
        }
    }

    private Optional<String> compareRounded(DataType type, Size size, Places places) {
        for (List<Tile> alike : ALIKE) {
            try (NativeMemory expected = multiply(size, places, starting(type, alike.getFirst(), size, places))) {
                Optional<String> problem = problem(type, size, places, alike, expected);
                if (problem.isPresent()) {
                    return problem;
                }
            }
        }
        return Optional.empty();
    }

    /** What is wrong with the first tile that gives other bits than those expected. */
    private Optional<String> problem(DataType type, Size size, Places places, List<Tile> tiles, NativeMemory expected) {
        for (Tile tile : tiles) {
            try (NativeMemory actual = multiply(size, places, starting(type, tile, size, places))) {
                long at = expected.segment().mismatch(actual.segment());
                if (at >= 0) {
                    return Optional.of("'" + tile.kernel(type) + "' multiplies [" + size.m + ", " + size.k + "] by ["
                            + size.k + ", " + size.n + "] wrongly, from byte " + at + " on");
                }
            }
        }
        return Optional.empty();
    }

    private Runnable starting(DataType type, Tile tile, Size size, Places places) {
        DeviceProduct product = size.product(places.row);
        Launcher launcher = bench.launcher();
        if (tile != Tile.PARTS) {
            return () -> WarpgroupProducts.run(launcher, type, tile, product, size.batch);
        }
        return () -> {
            int count = size.batch * size.splits().count();
            WarpgroupProducts.run(launcher, type, tile, product, count);
            HalfProducts.join(launcher, type, product);
        };
    }

    private NativeMemory multiply(Size size, Places places, Runnable start) {
        return bench.run(places.all, () -> {
            HalfProducts.arguments(
                    bench.launcher(),
                    size.product(places.row),
                    places.a,
                    places.b,
                    places.all.result(),
                    0,
                    size.splits(),
                    places.all.scratch());
            start.run();
        });
    }

    @Override
    public void close() {
        bench.close();
    }
}
