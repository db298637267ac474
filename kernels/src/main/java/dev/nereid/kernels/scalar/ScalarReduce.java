package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ArgMinMax;
import dev.nereid.kernels.reduce.ColumnNormKernel;
import dev.nereid.kernels.reduce.CumulativeKernel;
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
import java.lang.invoke.MethodHandles;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The scalar loops that put numbers together, in order, as doubles or longs. Each kernel is made once in the process. */
public final class ScalarReduce implements ReduceKernels {
    private record Key(Object operation, DataType type) {}

    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final ConcurrentMap<Key, Reduction> REDUCTIONS = new ConcurrentHashMap<>();
    private static final ConcurrentMap<Key, RowKernel> ROWS = new ConcurrentHashMap<>();
    private static final ConcurrentMap<Key, CumulativeKernel> CUMULATIVE = new ConcurrentHashMap<>();
    private static final ConcurrentMap<Key, TopKKernel> SELECTIONS = new ConcurrentHashMap<>();
    private static final ConcurrentMap<Key, ScatterKernel> SCATTERS = new ConcurrentHashMap<>();
    private static final ConcurrentMap<DataType, NormKernel> NORMS = new ConcurrentHashMap<>();

    @Override
    public Reduction reduction(ReduceOp op, DataType type) {
        ElementAccess elements = ElementAccess.of(type);
        return REDUCTIONS.computeIfAbsent(
                new Key(op, type),
                _ -> elements.isInteger() && op.closedOverIntegers()
                        ? LoopCopy.of(LOOKUP, IntegerReduceLoop.class, new IntegerReduceLoop.Operation(elements, op))
                        : LoopCopy.of(LOOKUP, RealReduceLoop.class, new RealReduceLoop.Operation(elements, op)));
    }

    @Override
    public Reduction argMinMax(ArgMinMax extreme, boolean last, DataType type) {
        CompareOp displaces = extreme.displacedBy(last);
        ElementAccess elements = ElementAccess.of(type);
        return REDUCTIONS.computeIfAbsent(
                new Key(displaces, type),
                _ -> elements.isInteger()
                        ? LoopCopy.of(
                                LOOKUP,
                                IntegerArgMinMaxLoop.class,
                                new IntegerArgMinMaxLoop.Operation(elements, displaces.integer(type)))
                        : LoopCopy.of(
                                LOOKUP,
                                RealArgMinMaxLoop.class,
                                new RealArgMinMaxLoop.Operation(elements, displaces.real())));
    }

    @Override
    public RowKernel row(RowOp op, DataType type) {
        return ROWS.computeIfAbsent(
                new Key(op, type),
                _ -> LoopCopy.of(LOOKUP, RealRowLoop.class, new RealRowLoop.Operation(ElementAccess.of(type), op)));
    }

    @Override
    public CumulativeKernel cumulative(Accumulation accumulation, DataType type) {
        ElementAccess elements = ElementAccess.of(type);
        return CUMULATIVE.computeIfAbsent(
                new Key(accumulation, type),
                _ -> elements.isInteger()
                        ? LoopCopy.of(
                                LOOKUP,
                                IntegerCumulativeLoop.class,
                                new IntegerCumulativeLoop.Operation(elements, accumulation))
                        : LoopCopy.of(
                                LOOKUP,
                                RealCumulativeLoop.class,
                                new RealCumulativeLoop.Operation(elements, accumulation)));
    }

    @Override
    public TopKKernel topK(boolean largest, DataType type) {
        TopKLoop.Operation operation = new TopKLoop.Operation(ElementAccess.of(type), largest);
        return SELECTIONS.computeIfAbsent(new Key(largest, type), _ -> LoopCopy.of(LOOKUP, TopKLoop.class, operation));
    }

    @Override
    public ScatterKernel scatter(Accumulation accumulation, DataType type) {
        ScatterLoop.Operation operation = new ScatterLoop.Operation(ElementAccess.of(type), accumulation);
        return SCATTERS.computeIfAbsent(
                new Key(accumulation, type), _ -> LoopCopy.of(LOOKUP, ScatterLoop.class, operation));
    }

    @Override
    public NormKernel norm(DataType type) {
        return NORMS.computeIfAbsent(type, _ -> LoopCopy.of(LOOKUP, RealNormLoop.class, ElementAccess.of(type)));
    }

    @Override
    public ColumnNormKernel columnNorm() {
        return new ScalarColumnNorm();
    }

    @Override
    public NonMaxSuppressionKernel nonMaxSuppression() {
        return new ScalarNonMaxSuppression();
    }
}
