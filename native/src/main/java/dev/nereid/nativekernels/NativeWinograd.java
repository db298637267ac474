package dev.nereid.nativekernels;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.ByteImage;
import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.FilterShape;
import dev.nereid.kernels.quantized.Int8ConvolutionKernels;
import dev.nereid.kernels.quantized.Int8Correction;
import dev.nereid.kernels.quantized.Int8Filters;
import dev.nereid.kernels.quantized.Int8Panels;
import dev.nereid.kernels.quantized.ProductSplit;
import dev.nereid.kernels.quantized.Requantization;
import dev.nereid.kernels.quantized.ZeroPoints;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Convolutions of bytes of 3 x 3 taps by Winograd's algorithm where it is worth it, and others by other kernels. In integers
 * the algorithm is exact. Filters take 32 bytes for the nine that they have.
 */
final class NativeWinograd implements Int8ConvolutionKernels {
    private static final int OUTPUTS = 2;
    private static final long ALIGNMENT = 64;

    /** Tiles that are multiplied together; blocks are made of as many. */
    private static final int STEP = 6;

    /** Bytes of the transformed tiles of a block, which stay in the L2 cache, and the tiles of one. */
    private static final int BLOCK_BYTES = 288 << 10;

    private static final int MOST_TILES = 48;
    private static final int FEWEST_TILES = 12;

    /** Multiply-adds of an output in place of nine. */
    private static final int MULTIPLICATIONS = 4;

    /** Of no consequence: runs are added up as long as they are. */
    private static final int RUN_STEP = 4;

    private final QuantizedCalls calls;
    private final Int8WinogradCalls winograd;
    private final Int8ConvolutionKernels others;

    /** Takes from {@code others} what is not worth it. */
    NativeWinograd(QuantizedCalls calls, Int8WinogradCalls winograd, Int8ConvolutionKernels others) {
        this.calls = calls;
        this.winograd = winograd;
        this.others = others;
    }

    /** How the outputs of an image are cut into tiles, and the image with all that these read. */
    private record Tiling(PaddedImage image, int tiles, int block) {
        static Tiling of(ByteWindows windows, int channels) {
            long[] output = windows.output();
            long[] whole = {Int8Panels.roundUp(output[0], OUTPUTS), Int8Panels.roundUp(output[1], OUTPUTS)};
            ByteWindows rounded = new ByteWindows(
                    windows.input(),
                    windows.window(),
                    whole,
                    windows.strides(),
                    windows.dilations(),
                    windows.padding());
            int tiles = Math.toIntExact(whole[0] / OUTPUTS * (whole[1] / OUTPUTS));
            int tileBytes = Int8WinogradFilters.PLACES * channels * Short.BYTES;
            int most = Math.clamp(BLOCK_BYTES / tileBytes, FEWEST_TILES, MOST_TILES);
            int blocks = Math.max(1, Math.ceilDiv(tiles, most));
            int block = (int) Int8Panels.roundUp(Math.max(1, Math.ceilDiv(tiles, blocks)), STEP);
            return new Tiling(PaddedImage.of(rounded, channels).under(windows), tiles, Math.min(block, MOST_TILES));
        }

        /** Bytes of scratch for a worker. */
        long scratchBytes(int channels) {
            long tile = (long) Int8WinogradFilters.PLACES
                    * (Short.BYTES * channels + Integer.BYTES * Int8WinogradFilters.PANEL);
            return Int8Panels.roundUp(block * tile, ALIGNMENT);
        }
    }

    /** Scratch memory by what it is for. */
    private record Scratch(
            MemorySegment correction,
            MemorySegment lines,
            MemorySegment runs,
            MemorySegment rowSums,
            MemorySegment image,
            MemorySegment tiles) {}

    @Override
    public boolean prefersDepthwise() {
        return others.prefersDepthwise();
    }

    @Override
    public Int8ConvolutionKernels withSmallFilters() {
        return others;
    }

    @Override
    public long filterBytes(FilterShape shape) {
        return Int8WinogradFilters.suit(shape) ? Int8WinogradFilters.bytes(shape) : others.filterBytes(shape);
    }

    @Override
    public long filterScratchBytes(FilterShape shape) {
        return Int8WinogradFilters.suit(shape) ? 0 : others.filterScratchBytes(shape);
    }

    @Override
    public Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        if (!Int8WinogradFilters.suit(shape)) {
            return others.filters(shape, signed, w, memory, scratch);
        }
        Int8WinogradFilters.pack(shape, signed, w, memory);
        return new Int8Filters(memory, signed, shape);
    }

    @Override
    public long scratchBytes(ByteWindows windows, FilterShape shape, Workers workers) {
        if (!Int8WinogradFilters.suit(shape)) {
            return others.scratchBytes(windows, shape, workers);
        }
        long bytes = 0;
        for (long part : parts(windows, shape, workers)) {
            bytes += Int8Panels.roundUp(part, ALIGNMENT);
        }
        return bytes;
    }

    private static long[] parts(ByteWindows windows, FilterShape shape, Workers workers) {
        Tiling tiling = Tiling.of(windows, shape.channels());
        return new long[] {
            Int8Correction.scratchBytes(shape.outputs()),
            tiling.image().linesBytes(),
            WindowRuns.of(shape, RUN_STEP).offsetsBytes(),
            4L * windows.positions(),
            tiling.image().bytes(),
            workers.count() * tiling.scratchBytes(shape.channels())
        };
    }

    private static Scratch scratch(ByteWindows windows, FilterShape shape, Workers workers, MemorySegment memory) {
        long[] lengths = parts(windows, shape, workers);
        MemorySegment[] parts = new MemorySegment[lengths.length];
        long at = 0;
        for (int i = 0; i < parts.length; i++) {
            parts[i] = memory.asSlice(at, lengths[i]);
            at += Int8Panels.roundUp(lengths[i], ALIGNMENT);
        }
        return new Scratch(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
    }

    @Override
    public void convolve(
            ByteWindows windows,
            ByteImage x,
            Int8Filters w,
            ZeroPoints wZero,
            Optional<Requantization> requantization,
            MemorySegment y,
            MemorySegment memory,
            Workers workers) {
        FilterShape shape = w.shape();
        if (!Int8WinogradFilters.suit(shape)) {
            others.convolve(windows, x, w, wZero, requantization, y, memory, workers);
            return;
        }
        Tiling tiling = Tiling.of(windows, shape.channels());
        PaddedImage padded = tiling.image();
        Scratch scratch = scratch(windows, shape, workers, memory);
        boolean inPlace = !x.signed() && padded.isWhole();
        int zero = Uint8Rows.storedZeroPoint(x.signed(), x.zeroPoint());
        MemorySegment image = inPlace ? x.segment() : scratch.image();
        if (!inPlace) {
            padded.fill(calls, x.segment(), x.signed() ? 0x80 : 0, (byte) zero, image);
        }
        Int8Correction correction = Int8Correction.of(
                zero,
                shape.k(),
                shape.outputs(),
                w.signed(),
                Int8WinogradFilters.sums(shape, w.memory()),
                wZero,
                scratch.correction());
        if (correction.hasFactor()) {
            addUp(windows, shape, padded, image, scratch);
        }
        requantization.ifPresent(to -> NativeConvolution.add(shape.outputs(), to.bias(), correction.start()));
        long width = requantization.isPresent() ? 1 : 4;
        Int8WinogradCalls.Image from =
                new Int8WinogradCalls.Image(image.asSlice(padded.origin()), padded.step(0), shape.channels());
        Int8WinogradCalls.Outputs outputs = new Int8WinogradCalls.Outputs(
                Math.toIntExact(windows.output()[0]), Math.toIntExact(windows.output()[1]), shape.outputs());
        long own = tiling.scratchBytes(shape.channels());
        split(
                workers,
                tiling.tiles(),
                shape,
                (share, tileFrom, tileTo, columnFrom, columnTo) -> winograd.convolve(
                        new Int8WinogradCalls.Tiles(tileFrom, tileTo - tileFrom, tiling.block()),
                        from,
                        outputs,
                        columnTo - columnFrom,
                        w.memory().asSlice(Int8WinogradFilters.offset(shape, columnFrom)),
                        y.asSlice(width * columnFrom),
                        correction.start().asSlice(4L * columnFrom),
                        correction.hasFactor() ? correction.factor().asSlice(4L * columnFrom) : MemorySegment.NULL,
                        scratch.rowSums(),
                        requantization.map(to -> to.from(columnFrom)),
                        scratch.tiles().asSlice(share * own, own)));
    }

    /** The sums of what lies under each window. */
    private void addUp(
            ByteWindows windows, FilterShape shape, PaddedImage padded, MemorySegment image, Scratch scratch) {
        WindowRuns runs = WindowRuns.of(shape, RUN_STEP);
        padded.writeLines(scratch.lines());
        runs.writeOffsets(padded, scratch.runs());
        QuantizedCalls.Windows under = new QuantizedCalls.Windows(
                padded.width(), scratch.lines(), padded.pixelBytes(), runs.count(), scratch.runs());
        calls.windowSums(0, windows.positions(), under, runs.length(), image, scratch.rowSums());
    }

    /** What a worker does: tiles [tileFrom, tileTo) of columns [columnFrom, columnTo). */
    @FunctionalInterface
    private interface Part {
        void run(int share, int tileFrom, int tileTo, int columnFrom, int columnTo);
    }

    /** Each worker takes some tiles, or where these are few some columns. */
    private static void split(Workers workers, int tiles, FilterShape shape, Part part) {
        int count = workers.count();
        int columns = shape.outputs();
        long sums = (long) tiles * OUTPUTS * OUTPUTS * columns;
        if (count == 1 || !ProductSplit.isWorthSplitting(sums, MULTIPLICATIONS * shape.channels())) {
            part.run(0, 0, tiles, 0, columns);
        } else if (tiles >= 2 * STEP * count) {
            int each = step(tiles, count, STEP);
            workers.run(
                    Math.ceilDiv(tiles, each),
                    share -> part.run(share, share * each, Math.min(tiles, (share + 1) * each), 0, columns));
        } else {
            int each = step(columns, count, Int8WinogradFilters.PANEL);
            workers.run(
                    Math.ceilDiv(columns, each),
                    share -> part.run(share, 0, tiles, share * each, Math.min(columns, (share + 1) * each)));
        }
    }

    private static int step(int extent, int parts, int multiple) {
        return (int) Int8Panels.roundUp(Math.ceilDiv(extent, parts), multiple);
    }
}
