package dev.nereid.kernels.reduce;

import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.tensor.DataType;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import jdk.incubator.vector.FloatVector;

/** The vector kernels of 32-bit floats, each made once in the process; everything else is delegated to the base. */
public final class VectorReduce implements ReduceKernels {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final ConcurrentMap<ReduceOp, Reduction> REDUCTIONS = new ConcurrentHashMap<>();
    private static final ConcurrentMap<CompareOp, Reduction> INDICES = new ConcurrentHashMap<>();
    private static final ConcurrentMap<RowOp, RowKernel> ROWS = new ConcurrentHashMap<>();
    private static final ConcurrentMap<Accumulation, ScatterKernel> SCATTERS = new ConcurrentHashMap<>();

    private final ReduceKernels base;

    /** Vector kernels where there are any, else those of {@code base}. */
    public VectorReduce(ReduceKernels base) {
        this.base = base;
    }

    @Override
    public Reduction reduction(ReduceOp op, DataType type) {
        if (type != DataType.FP32) {
            return base.reduction(op, type);
        }
        if (op == ReduceOp.LOG_SUM_EXP) {
            return new FloatLogSumExp(base.reduction(op, type));
        }
        return REDUCTIONS.computeIfAbsent(op, _ -> LoopCopy.of(LOOKUP, FloatReduceLoop.class, op));
    }

    @Override
    public Reduction argMinMax(ArgMinMax extreme, boolean last, DataType type) {
        Reduction rows = base.argMinMax(extreme, last, type);
        if (type != DataType.FP32) {
            return rows;
        }
        CompareOp displaces = extreme.displacedBy(last);
        Reduction vectors = INDICES.computeIfAbsent(
                displaces, _ -> LoopCopy.of(LOOKUP, FloatArgMinMaxLoop.class, displaces.lanes()));
        int lanes = FloatVector.SPECIES_PREFERRED.length();
        return (x, xOffset, y, yOffset, outer, reduced, inner) ->
                (inner < lanes ? rows : vectors).run(x, xOffset, y, yOffset, outer, reduced, inner);
    }

    @Override
    public RowKernel row(RowOp op, DataType type) {
        if (type != DataType.FP32) {
            return base.row(op, type);
        }
        if (op == RowOp.HARDMAX) {
            return new HardmaxRows(base.row(op, type));
        }
        return ROWS.computeIfAbsent(op, _ -> LoopCopy.of(LOOKUP, FloatSoftmaxLoop.class, op));
    }

    @Override
    public CumulativeKernel cumulative(Accumulation accumulation, DataType type) {
        CumulativeKernel rows = base.cumulative(accumulation, type);
        return accumulation == Accumulation.SUM && type == DataType.FP32
                ? new FloatPrefixSums(new VectorColumnPrefixSums(), rows)
                : rows;
    }

    @Override
    public TopKKernel topK(boolean largest, DataType type) {
        TopKKernel plain = base.topK(largest, type);
        return type == DataType.FP32 ? new FloatTopK(largest, plain) : plain;
    }

    @Override
    public ScatterKernel scatter(Accumulation accumulation, DataType type) {
        ScatterKernel plain = base.scatter(accumulation, type);
        if (type != DataType.FP32) {
            return plain;
        }
        FloatScatterLoop.Operation operation = new FloatScatterLoop.Operation(accumulation, plain);
        return SCATTERS.computeIfAbsent(accumulation, _ -> LoopCopy.of(LOOKUP, FloatScatterLoop.class, operation));
    }

    @Override
    public NormKernel norm(DataType type) {
        return type == DataType.FP32 ? new FloatNorm() : base.norm(type);
    }

    @Override
    public ColumnNormKernel columnNorm() {
        return new FloatColumnNorm();
    }

    @Override
    public NonMaxSuppressionKernel nonMaxSuppression() {
        return new VectorNonMaxSuppression();
    }
}
