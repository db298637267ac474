package dev.nereid.kernels.channelslast;

import dev.nereid.kernels.conv.ConvShape;
import dev.nereid.kernels.conv.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.PanelKernel;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Channels-last convolutions by products with panels of filters, and depthwise ones by a kernel of their own. An item
 * whose window reaches beyond it is copied with its padding first.
 */
public final class VectorChannelsLast implements ChannelsLastKernels {
    /** Multiply-adds that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 6_000_000;

    /** Elements of a pooling's input that are worth it. */
    private static final long WORTH_SPLITTING_POOL = 1_000_000;

    private final PanelKernel kernel;

    /** Convolutions by the products of {@code kernel}. */
    public VectorChannelsLast(PanelKernel kernel) {
        this.kernel = kernel;
    }

    @Override
    public boolean suitsWinograd(Filters filters, Window window) {
        return WinogradFilters.suit(filters, window, WinogradTiles.LANES);
    }

    @Override
    public long packedBytes(Filters filters, boolean winograd) {
        if (winograd) {
            return WinogradFilters.PLACES * WinogradFilters.placeBytes(filters, kernel);
        }
        return filters.isDepthwise()
                ? DepthwiseCells.packedBytes(filters)
                : Panels.of(filters, kernel).bytes();
    }

    @Override
    public PackedFilters pack(Filters filters, boolean winograd, MemorySegment w, MemorySegment memory) {
        long bytes = packedBytes(filters, winograd);
        if (w.byteSize() < filters.elements() * Float.BYTES || memory.byteSize() < bytes) {
            throw new IllegalArgumentException(filters + " from " + w.byteSize() + " bytes into " + memory.byteSize());
        }
        if (winograd) {
            WinogradFilters.pack(filters, kernel, w, memory);
        } else if (filters.isDepthwise()) {
            DepthwiseCells.pack(filters, w, memory);
        } else {
            Panels.of(filters, kernel).pack(w, memory);
        }
        return new PackedFilters(filters, winograd, memory, this);
    }

    @Override
    public long scratchBytes(ConvShape shape, PackedFilters w, int workers) {
        ConvShape flat = flat(shape);
        return workers
                * (w.winograd()
                        ? Winograd.of(flat).scratchBytes()
                        : Bands.of(flat).scratchBytes());
    }

    @Override
    public void convolve(
            ConvShape shape,
            MemorySegment x,
            PackedFilters w,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        ConvShape flat = flat(shape);
        check(flat, x, w, bias, residual, y, scratch, scratchBytes(shape, w, workers.count()));
        if (flat.batch() == 0 || flat.window().outputs() == 0) {
            return;
        }
        Layer layer = new Layer(flat, w, bias, activation, residual, y);
        if (w.winograd()) {
            winograd(layer, x, scratch, workers);
            return;
        }
        Bands bands = Bands.of(flat);
        int panels =
                w.filters().isDepthwise() ? 1 : Panels.of(w.filters(), kernel).count();
        long work = (long) flat.batch() * flat.window().outputs() * w.filters().elements();
        int count = flat.batch() * bands.count();
        int across = count >= workers.count() ? 1 : Math.min(panels, Math.ceilDiv(workers.count(), count));
        int tasks = count * across;
        int shares = work < WORTH_SPLITTING ? 1 : Math.min(workers.count(), tasks);
        Workers taking = shares == 1 ? Workers.single() : workers;
        taking.run(shares, share -> {
            MemorySegment own = scratch.asSlice(share * bands.scratchBytes(), bands.scratchBytes());
            for (int task = part(tasks, share, shares); task < part(tasks, share + 1, shares); task++) {
                int band = task / across;
                int fromPanel = part(panels, task % across, across);
                int toPanel = part(panels, task % across + 1, across);
                band(layer, bands, band / bands.count(), band % bands.count(), x, fromPanel, toPanel, own);
            }
        });
    }

    private void winograd(Layer layer, MemorySegment x, MemorySegment scratch, Workers workers) {
        ConvShape flat = layer.shape();
        Winograd winograd = Winograd.of(flat);
        int tasks = flat.batch() * winograd.count();
        long work = (long) flat.batch()
                * flat.window().outputs()
                * layer.w().filters().elements();
        int shares = work < WORTH_SPLITTING ? 1 : Math.min(workers.count(), tasks);
        Workers taking = shares == 1 ? Workers.single() : workers;
        taking.run(shares, share -> {
            MemorySegment own = scratch.asSlice(share * winograd.scratchBytes(), winograd.scratchBytes());
            for (int task = part(tasks, share, shares); task < part(tasks, share + 1, shares); task++) {
                winograd.run(kernel, layer, task / winograd.count(), task % winograd.count(), x, own);
            }
        });
    }

    /** Where part {@code number} of {@code parts} begins. */
    private static int part(int length, int number, int parts) {
        return (int) ((long) length * number / parts);
    }

    private void band(
            Layer layer,
            Bands bands,
            int item,
            int band,
            MemorySegment x,
            int fromPanel,
            int toPanel,
            MemorySegment scratch) {
        Window window = layer.window();
        int width = window.output()[1];
        int from = bands.firstRow(band) * width;
        int to = bands.firstRow(band + 1) * width;
        Halo.Cells cells = bands.cells(x, item, band, scratch);
        if (layer.w().filters().isDepthwise()) {
            DepthwiseCells.run(layer, item, cells, from, to, bands.rest(scratch));
        } else if (RowProducts.suits(layer)) {
            RowProducts.run(kernel, layer, item, cells, from, to, fromPanel, toPanel);
        } else {
            Patches.run(kernel, layer, item, cells, from, to, fromPanel, toPanel, bands.rest(scratch));
        }
    }

    @Override
    public void max(Window window, int batch, int channels, MemorySegment x, MemorySegment y, Workers workers) {
        Window flat = window.inTwoAxes();
        checkPool(flat, batch, channels, x, y);
        pool(flat, batch, channels, workers, (item, row) -> {
            long to = cell(y, flat.outputs(), item, row * flat.output()[1], channels);
            CellPooling.max(flat, channels, row, cell(x, flat.inputs(), item, 0, channels), to);
        });
    }

    @Override
    public void mean(
            Window window, int batch, int channels, MemorySegment x, int[] divisors, MemorySegment y, Workers workers) {
        Window flat = window.inTwoAxes();
        checkPool(flat, batch, channels, x, y);
        pool(flat, batch, channels, workers, (item, row) -> {
            long to = cell(y, flat.outputs(), item, row * flat.output()[1], channels);
            CellPooling.mean(flat, channels, row, cell(x, flat.inputs(), item, 0, channels), divisors, to);
        });
    }

    /** What computes one row of output cells of one item. */
    @FunctionalInterface
    private interface RowTask {
        void run(int item, int row);
    }

    private static void pool(Window window, int batch, int channels, Workers workers, RowTask task) {
        int height = window.output()[0];
        int rows = batch * height;
        long work = (long) batch * window.outputs() * window.taps() * channels;
        int shares = work < WORTH_SPLITTING_POOL ? 1 : Math.min(rows, workers.count());
        Workers taking = shares == 1 ? Workers.single() : workers;
        taking.run(shares, share -> {
            for (int at = part(rows, share, shares); at < part(rows, share + 1, shares); at++) {
                task.run(at / height, at % height);
            }
        });
    }

    private static long cell(MemorySegment segment, int cells, int item, int cell, int channels) {
        return segment.address() + ((long) item * cells + cell) * channels * Float.BYTES;
    }

    /** The shape over two axes; a pointwise one as a single item, because its cells have nothing to do with each other. */
    private static ConvShape flat(ConvShape shape) {
        Window window = shape.window().inTwoAxes();
        if (!window.isPointwise() || shape.groups() > 1) {
            return new ConvShape(shape.batch(), shape.channels(), shape.filters(), shape.groups(), window);
        }
        int[] cells = {Math.multiplyExact(shape.batch(), window.outputs()), 1};
        int[] one = {1, 1};
        Window all = new Window(cells, one, one, one, new int[] {0, 0}, cells);
        return new ConvShape(1, shape.channels(), shape.filters(), 1, all);
    }

    private void check(
            ConvShape flat,
            MemorySegment x,
            PackedFilters w,
            Optional<MemorySegment> bias,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            long scratchBytes) {
        if (w.kernels() != this || !w.filters().equals(Filters.of(flat))) {
            throw new IllegalArgumentException(
                    "filters packed for other kernels or sizes: " + w.filters() + ", expected " + Filters.of(flat));
        }
        long cells = (long) flat.batch() * flat.window().outputs();
        checkBytes("x", x, (long) flat.batch() * flat.window().inputs() * flat.channels());
        checkBytes("y", y, cells * flat.filters());
        bias.ifPresent(segment -> checkBytes("bias", segment, flat.filters()));
        residual.ifPresent(segment -> checkBytes("residual", segment, cells * flat.filters()));
        checkBytes("scratch", scratch, scratchBytes / Float.BYTES);
    }

    private static void checkPool(Window flat, int batch, int channels, MemorySegment x, MemorySegment y) {
        checkBytes("x", x, (long) batch * flat.inputs() * channels);
        checkBytes("y", y, (long) batch * flat.outputs() * channels);
    }

    private static void checkBytes(String name, MemorySegment segment, long elements) {
        if (segment.byteSize() < elements * Float.BYTES) {
            throw new IndexOutOfBoundsException(
                    name + ": expected " + elements + " elements of FP32, got " + segment.byteSize() + " bytes");
        }
    }
}
