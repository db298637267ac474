package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ArgMinMax;
import dev.nereid.kernels.reduce.ColumnNormKernel;
import dev.nereid.kernels.reduce.ColumnPrefixSums;
import dev.nereid.kernels.reduce.CumulativeKernel;
import dev.nereid.kernels.reduce.FloatPrefixSums;
import dev.nereid.kernels.reduce.NonMaxSuppressionKernel;
import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.kernels.reduce.ReduceKernels;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.kernels.reduce.RowKernel;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.kernels.reduce.ScatterKernel;
import dev.nereid.kernels.reduce.TopKKernel;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Norms of rows of floats, their softmax and its logarithm, softmax of doubles, and with AVX2 prefix sums down columns, by
 * the C functions that {@code nereid.h} describes; everything else is delegated to the base.
 */
final class ReduceCalls implements ReduceKernels {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CALL = NativeLibrary.linked(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    }

    /** By operation and datatype. */
    private final Map<Kind, MemorySegment> functions;

    private final NormKernel norm;
    private final Optional<ColumnPrefixSums> columnSums;
    private final ReduceKernels base;

    private record Kind(RowOp op, DataType type) {}

    /**
     * What a variant has registers for.
     *
     * @param base what computes everything else
     */
    ReduceCalls(NativeLibrary library, MatMulCalls.Variant variant, ReduceKernels base) {
        String registers = variant.registers();
        this.functions = new HashMap<>();
        functions.put(new Kind(RowOp.SOFTMAX, DataType.FP32), library.function("nereid_f32_softmax_" + registers));
        functions.put(
                new Kind(RowOp.LOG_SOFTMAX, DataType.FP32), library.function("nereid_f32_log_softmax_" + registers));
        functions.put(new Kind(RowOp.SOFTMAX, DataType.FP64), library.function("nereid_f64_softmax_" + registers));
        this.norm = new NormCalls(library, registers, base.norm(DataType.FP32));
        this.columnSums = variant == MatMulCalls.Variant.AVX2_FLOATS
                ? Optional.of(new ColumnPrefixSumCalls(library))
                : Optional.empty();
        this.base = base;
    }

    @Override
    public Reduction reduction(ReduceOp op, DataType type) {
        return base.reduction(op, type);
    }

    @Override
    public Reduction argMinMax(ArgMinMax extreme, boolean last, DataType type) {
        return base.argMinMax(extreme, last, type);
    }

    @Override
    public RowKernel row(RowOp op, DataType type) {
        RowKernel other = base.row(op, type);
        MemorySegment function = functions.get(new Kind(op, type));
        if (function == null) {
            return other;
        }
        return (x, xOffset, y, yOffset, outer, length, inner) -> {
            if (inner == 1) {
                long bytes = (long) outer * length * type.bytes();
                Objects.checkFromIndexSize(xOffset, bytes, x.byteSize());
                Objects.checkFromIndexSize(yOffset, bytes, y.byteSize());
                call(function, outer, length, x.address() + xOffset, y.address() + yOffset);
            } else {
                other.run(x, xOffset, y, yOffset, outer, length, inner);
            }
        };
    }

    private static void call(MemorySegment function, int rows, int length, long x, long y) {
        try {
            Linked.CALL.invokeExact(function, rows, length, x, y);
        } catch (Throwable e) {
            throw new IllegalStateException("calling softmax or its logarithm failed", e);
        }
    }

    @Override
    public CumulativeKernel cumulative(Accumulation accumulation, DataType type) {
        CumulativeKernel other = base.cumulative(accumulation, type);
        return accumulation == Accumulation.SUM && type == DataType.FP32
                ? columnSums
                        .<CumulativeKernel>map(columns -> new FloatPrefixSums(columns, other))
                        .orElse(other)
                : other;
    }

    @Override
    public TopKKernel topK(boolean largest, DataType type) {
        return base.topK(largest, type);
    }

    @Override
    public ScatterKernel scatter(Accumulation accumulation, DataType type) {
        return base.scatter(accumulation, type);
    }

    @Override
    public NormKernel norm(DataType type) {
        return type == DataType.FP32 ? norm : base.norm(type);
    }

    @Override
    public ColumnNormKernel columnNorm() {
        return base.columnNorm();
    }

    @Override
    public NonMaxSuppressionKernel nonMaxSuppression() {
        return base.nonMaxSuppression();
    }
}
