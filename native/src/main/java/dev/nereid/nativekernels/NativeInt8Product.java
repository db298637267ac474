package dev.nereid.nativekernels;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.Int8Correction;
import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8Panels;
import dev.nereid.kernels.quantized.Int8ProductKernels;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.LinearQuantization;
import dev.nereid.kernels.quantized.ProductScaling;
import dev.nereid.kernels.quantized.ProductSplit;
import dev.nereid.kernels.quantized.ZeroPoints;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Integer products in C. */
final class NativeInt8Product implements Int8ProductKernels {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final long SMALLEST_WORTH_SPLITTING = 1L << 17;

    private final QuantizedCalls calls;
    private final Int8Panels panels;
    private final Uint8Rows layout;

    NativeInt8Product(QuantizedCalls calls) {
        this.calls = calls;
        this.panels = calls.panels();
        this.layout = new Uint8Rows(panels.step());
    }

    @Override
    public long leftBytes(int m, int k) {
        return layout.bytes(m, k);
    }

    @Override
    public Int8Left left(boolean signed, int m, int k, MemorySegment a, MemorySegment memory, Workers workers) {
        MemorySegment sums = memory.asSlice(layout.sumsOffset(m, k), 4L * m);
        calls.rows(m, k, a, signed ? 0x80 : 0, memory, sums);
        return new Int8Left(memory, signed, m, k);
    }

    @Override
    public Int8Left quantizedLeft(
            LinearQuantization quantization, int m, int k, MemorySegment x, MemorySegment memory, Workers workers) {
        int parts = (long) m * k < SMALLEST_WORTH_SPLITTING ? 1 : workers.count();
        int step = Math.max(1, Math.ceilDiv(m, parts));
        workers.run(Math.ceilDiv(m, step), part -> {
            int from = part * step;
            int count = Math.min(m, from + step) - from;
            calls.quantize(
                    count,
                    k,
                    x.asSlice(4L * from * k, 4L * count * k),
                    quantization.scale(),
                    quantization.zeroPoint(),
                    memory.asSlice(from * layout.rowBytes(k), count * layout.rowBytes(k)),
                    memory.asSlice(layout.sumsOffset(m, k) + 4L * from, 4L * count));
        });
        return new Int8Left(memory, false, m, k);
    }

    @Override
    public long rightBytes(int k, int n) {
        return panels.bytes(k, n);
    }

    @Override
    public Int8Right right(boolean signed, int k, int n, MemorySegment b, MemorySegment memory) {
        Int8Right right = new Int8Right(memory, signed, k, n);
        calls.pack(b, k, n, panels.columns(), signed ? 0 : 0x80, memory, panels.sums(right));
        return right;
    }

    @Override
    public long scratchBytes(int m, int k, int n) {
        return Int8Correction.scratchBytes(n);
    }

    @Override
    public void multiply(
            Int8Left a,
            ZeroPoints aZero,
            Int8Right b,
            ZeroPoints bZero,
            Optional<ProductScaling> scaling,
            MemorySegment c,
            MemorySegment scratch,
            Workers workers) {
        MemorySegment sums = panels.sums(b);
        if (aZero.each().isEmpty()) {
            int zero = Uint8Rows.storedZeroPoint(a.signed(), aZero.uniform());
            Int8Correction correction = Int8Correction.of(zero, b, sums, bZero, scratch);
            ProductSplit.run(
                    workers,
                    a.m(),
                    a.k(),
                    b.n(),
                    panels.columns(),
                    (rowFrom, rowTo, columnFrom, columnTo) ->
                            multiply(a, b, correction, scaling, rowFrom, rowTo, columnFrom, columnTo, c));
            return;
        }
        for (int i = 0; i < a.m(); i++) {
            int zero = Uint8Rows.storedZeroPoint(a.signed(), aZero.each().get().get(INT, 4L * i));
            Int8Correction correction = Int8Correction.of(zero, b, sums, bZero, scratch);
            multiply(a, b, correction, scaling, i, i + 1, 0, b.n(), c);
        }
    }

    private void multiply(
            Int8Left a,
            Int8Right b,
            Int8Correction correction,
            Optional<ProductScaling> scaling,
            int rowFrom,
            int rowTo,
            int columnFrom,
            int columnTo,
            MemorySegment c) {
        long rowBytes = layout.rowBytes(a.k());
        long column = 4L * columnFrom;
        MemorySegment rowSums = a.memory().asSlice(layout.sumsOffset(a.m(), a.k()) + 4L * rowFrom);
        calls.multiply(
                rowTo - rowFrom,
                columnTo - columnFrom,
                (int) (rowBytes / 4),
                a.memory().asSlice(rowFrom * rowBytes),
                rowBytes,
                b.memory().asSlice(panels.offset(b.k(), columnFrom)),
                c.asSlice(4L * rowFrom * b.n() + column),
                b.n(),
                correction.start().asSlice(column),
                correction.hasFactor() ? correction.factor().asSlice(column) : MemorySegment.NULL,
                rowSums,
                scaling.map(s -> s.scales().asSlice(column)).orElse(MemorySegment.NULL),
                scaling.flatMap(ProductScaling::bias)
                        .map(s -> s.asSlice(column))
                        .orElse(MemorySegment.NULL));
    }
}
