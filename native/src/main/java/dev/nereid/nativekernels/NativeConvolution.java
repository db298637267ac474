package dev.nereid.nativekernels;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.ByteImage;
import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.FilterShape;
import dev.nereid.kernels.quantized.Int8ConvolutionKernels;
import dev.nereid.kernels.quantized.Int8Correction;
import dev.nereid.kernels.quantized.Int8Filters;
import dev.nereid.kernels.quantized.Int8Panels;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.ProductSplit;
import dev.nereid.kernels.quantized.Requantization;
import dev.nereid.kernels.quantized.ZeroPoints;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Convolutions of bytes as products straight from the image: a row of the left operand is read where it lies, run by run.
 * Only images with edges to fill or signed elements to shift are copied first. Filters are packed a group behind the
 * other, their rows run by run, each filled with zeros.
 */
final class NativeConvolution implements Int8ConvolutionKernels {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final long ALIGNMENT = 64;

    private final QuantizedCalls calls;
    private final Int8Panels panels;

    /** Scratch memory by what it is for. */
    private record Scratch(
            MemorySegment correction,
            MemorySegment lines,
            MemorySegment runs,
            MemorySegment rowSums,
            MemorySegment image) {}

    NativeConvolution(QuantizedCalls calls) {
        this.calls = calls;
        this.panels = calls.panels();
    }

    @Override
    public long filterBytes(FilterShape shape) {
        return shape.groups() * groupBytes(shape);
    }

    private WindowRuns runs(FilterShape shape) {
        return WindowRuns.of(shape, panels.step());
    }

    private long groupBytes(FilterShape shape) {
        return Int8Panels.roundUp(panels.bytes(runs(shape).rows(), shape.groupOutputs()), ALIGNMENT);
    }

    @Override
    public long filterScratchBytes(FilterShape shape) {
        return (long) runs(shape).rows() * shape.groupOutputs();
    }

    @Override
    public Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        WindowRuns runs = runs(shape);
        int n = shape.groupOutputs();
        int elements = shape.windowElements();
        // What is stored as zero.
        scratch.fill((byte) (signed ? 0 : 0x80));
        for (int group = 0; group < shape.groups(); group++) {
            for (int j = 0; j < n; j++) {
                for (int i = 0; i < shape.k(); i++) {
                    long from = ((long) group * n + j) * shape.k() + i;
                    int row = runs.row(i % elements * shape.channels() + i / elements);
                    scratch.set(ValueLayout.JAVA_BYTE, (long) row * n + j, w.get(ValueLayout.JAVA_BYTE, from));
                }
            }
            Int8Right right = right(shape, group, signed, memory);
            calls.pack(
                    scratch, runs.rows(), n, panels.columns(), signed ? 0 : 0x80, right.memory(), panels.sums(right));
        }
        return new Int8Filters(memory, signed, shape);
    }

    private Int8Right right(FilterShape shape, int group, boolean signed, MemorySegment memory) {
        int rows = runs(shape).rows();
        MemorySegment own = memory.asSlice(group * groupBytes(shape), panels.bytes(rows, shape.groupOutputs()));
        return new Int8Right(own, signed, rows, shape.groupOutputs());
    }

    @Override
    public long scratchBytes(ByteWindows windows, FilterShape shape, Workers workers) {
        long bytes = 0;
        for (long part : parts(windows, shape)) {
            bytes += Int8Panels.roundUp(part, ALIGNMENT);
        }
        return bytes;
    }

    private long[] parts(ByteWindows windows, FilterShape shape) {
        PaddedImage padded = PaddedImage.of(windows, shape.allChannels());
        return new long[] {
            Int8Correction.scratchBytes(shape.groupOutputs()),
            padded.linesBytes(),
            runs(shape).offsetsBytes(),
            4L * windows.positions(),
            padded.bytes()
        };
    }

    private Scratch scratch(ByteWindows windows, FilterShape shape, MemorySegment memory) {
        long[] lengths = parts(windows, shape);
        MemorySegment[] parts = new MemorySegment[lengths.length];
        long at = 0;
        for (int i = 0; i < parts.length; i++) {
            parts[i] = memory.asSlice(at, lengths[i]);
            at += Int8Panels.roundUp(lengths[i], ALIGNMENT);
        }
        return new Scratch(parts[0], parts[1], parts[2], parts[3], parts[4]);
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
        WindowRuns runs = runs(shape);
        PaddedImage padded = PaddedImage.of(windows, shape.allChannels());
        Scratch scratch = scratch(windows, shape, memory);
        // A run whose end is read too far must not be the last of somebody else's memory.
        boolean inPlace = !x.signed() && padded.isWhole() && runs.length() % panels.step() == 0;
        int zero = Uint8Rows.storedZeroPoint(x.signed(), x.zeroPoint());
        MemorySegment image = inPlace ? x.segment() : scratch.image();
        if (!inPlace) {
            padded.fill(calls, x.segment(), x.signed() ? 0x80 : 0, (byte) zero, image);
        }
        padded.writeLines(scratch.lines());
        runs.writeOffsets(padded, scratch.runs());
        QuantizedCalls.Windows under = new QuantizedCalls.Windows(
                padded.width(), scratch.lines(), padded.pixelBytes(), runs.count(), scratch.runs());
        for (int group = 0; group < shape.groups(); group++) {
            int n = shape.groupOutputs();
            Int8Right right = right(shape, group, w.signed(), w.memory());
            Int8Correction correction = Int8Correction.of(
                    zero, shape.k(), n, w.signed(), panels.sums(right), wZero.from(group * n), scratch.correction());
            MemorySegment from = image.asSlice((long) group * shape.channels());
            if (correction.hasFactor()) {
                calls.windowSums(0, windows.positions(), under, runs.length(), from, scratch.rowSums());
            }
            Optional<Requantization> own = requantization.isPresent()
                    ? Optional.of(requantization.get().from(group * n))
                    : Optional.empty();
            own.ifPresent(to -> add(n, to.bias(), correction.start()));
            long width = own.isPresent() ? 1 : 4;
            MemorySegment to = y.asSlice(width * group * n);
            ProductSplit.run(
                    workers,
                    windows.positions(),
                    right.k(),
                    n,
                    panels.columns(),
                    (rowFrom, rowTo, columnFrom, columnTo) -> calls.convolve(
                            rowFrom,
                            rowTo - rowFrom,
                            under,
                            runs.quads(),
                            from,
                            columnTo - columnFrom,
                            right.memory().asSlice(panels.offset(right.k(), columnFrom)),
                            to.asSlice(width * ((long) rowFrom * shape.outputs() + columnFrom)),
                            shape.outputs(),
                            correction.start().asSlice(4L * columnFrom),
                            correction.hasFactor() ? correction.factor().asSlice(4L * columnFrom) : MemorySegment.NULL,
                            scratch.rowSums().asSlice(4L * rowFrom),
                            own.map(each -> each.multipliers().asSlice(4L * columnFrom))
                                    .orElse(MemorySegment.NULL),
                            own.map(Requantization::lowest).orElse(0),
                            own.map(Requantization::zeroPoint).orElse(0)));
        }
    }

    /** Adds the bias, modulo 2^32, to what the sums begin with. */
    static void add(int n, MemorySegment bias, MemorySegment start) {
        for (int j = 0; j < n; j++) {
            start.set(INT, 4L * j, start.get(INT, 4L * j) + bias.get(INT, 4L * j));
        }
    }
}
