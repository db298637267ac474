package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.tensor.DataType;
import java.lang.invoke.MethodHandles;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/** The vector kernels of 32-bit floats, of integers and of booleans, each made once in the process; nearly everything else is delegated to the base. */
public final class VectorElementwise implements ElementwiseKernels {
    private record Integers(Object operation, DataType type) {}

    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final ConcurrentMap<UnaryOp, UnaryKernel> UNARY = new ConcurrentHashMap<>();
    private static final ConcurrentMap<BinaryOp, BinaryKernel> BINARY = new ConcurrentHashMap<>();
    private static final ConcurrentMap<Integers, UnaryKernel> INTEGER_UNARY = new ConcurrentHashMap<>();
    private static final ConcurrentMap<Integers, BinaryKernel> INTEGER_BINARY = new ConcurrentHashMap<>();
    private static final ConcurrentMap<BinaryOp, BinaryKernel> DOUBLES = new ConcurrentHashMap<>();
    private static final ConcurrentMap<CompareOp, BinaryKernel> COMPARE = new ConcurrentHashMap<>();
    private static final ConcurrentMap<Object, UnaryKernel> PROPERTIES = new ConcurrentHashMap<>();
    private static final ConcurrentMap<Integer, WhereKernel> WHERES = new ConcurrentHashMap<>();
    private static final UnaryKernel NOT = new ByteNotLoop();

    private static final ConcurrentMap<HalfCast, UnaryKernel> HALF_CASTS = new ConcurrentHashMap<>();
    private static final ConcurrentMap<LaneCast<?, ?>, UnaryKernel> LANE_CASTS = new ConcurrentHashMap<>();

    /** Whether there are vectors of as many bytes as the widest have floats. */
    private static final boolean BYTES_BESIDE_FLOATS = FloatVector.SPECIES_PREFERRED.vectorBitSize() >= 4 * 64;

    /** Whether a vector of longs has a lane for each byte of the shortest vector, or of a word. */
    private static final boolean WIDE_LONGS = LongVector.SPECIES_PREFERRED.length() >= Integer.BYTES;

    private final ElementwiseKernels base;

    /** Vector kernels where there are any, else those of {@code base}. */
    public VectorElementwise(ElementwiseKernels base) {
        this.base = base;
    }

    @Override
    public UnaryKernel unary(UnaryOp op, DataType type) {
        if (op == UnaryOp.NOT && type == DataType.BOOL) {
            return NOT;
        }
        Optional<IntegerLanes.Unary> integers = IntegerLanes.of(op, type);
        if (integers.isPresent()) {
            return INTEGER_UNARY.computeIfAbsent(
                    new Integers(op, type),
                    _ -> LoopCopy.of(
                            LOOKUP,
                            IntegerVectorUnaryLoop.class,
                            new IntegerVectorUnaryLoop.Operation(
                                    IntegerLanes.species(type.bytes()), integers.get(), base.unary(op, type))));
        }
        Optional<FloatLanes.Unary> lanes = op.lanes();
        if (type != DataType.FP32 || lanes.isEmpty()) {
            return base.unary(op, type);
        }
        return UNARY.computeIfAbsent(op, _ -> LoopCopy.of(LOOKUP, FloatUnaryLoop.class, lanes.get()));
    }

    @Override
    public BinaryKernel binary(BinaryOp op, DataType type) {
        Optional<IntegerLanes.Binary> integers = IntegerLanes.of(op, type);
        if (integers.isPresent()) {
            return INTEGER_BINARY.computeIfAbsent(
                    new Integers(op, type),
                    _ -> LoopCopy.of(
                            LOOKUP,
                            IntegerVectorBinaryLoop.class,
                            new IntegerVectorBinaryLoop.Operation(
                                    IntegerLanes.species(op, type.bytes()), integers.get(), base.binary(op, type))));
        }
        Optional<DoubleLanes.Binary> doubles = type == DataType.FP64 ? DoubleLanes.of(op) : Optional.empty();
        if (doubles.isPresent()) {
            return DOUBLES.computeIfAbsent(op, _ -> LoopCopy.of(LOOKUP, DoubleBinaryLoop.class, doubles.get()));
        }
        Optional<FloatLanes.Binary> lanes = op.lanes();
        if (type != DataType.FP32 || lanes.isEmpty()) {
            return base.binary(op, type);
        }
        return BINARY.computeIfAbsent(op, _ -> LoopCopy.of(LOOKUP, FloatBinaryLoop.class, lanes.get()));
    }

    @Override
    public BinaryKernel compare(CompareOp op, DataType type) {
        if (type != DataType.FP32 || !BYTES_BESIDE_FLOATS) {
            return base.compare(op, type);
        }
        return COMPARE.computeIfAbsent(op, _ -> LoopCopy.of(LOOKUP, FloatCompareLoop.class, op.lanes()));
    }

    @Override
    public UnaryKernel test(PredicateOp op, DataType type) {
        if (op != PredicateOp.IS_NAN || type != DataType.FP32 || !BYTES_BESIDE_FLOATS) {
            return base.test(op, type);
        }
        return PROPERTIES.computeIfAbsent(
                op, _ -> property(x -> x.compare(VectorOperators.NE, x), base.test(op, type)));
    }

    private static UnaryKernel property(FloatPropertyLoop.Property property, UnaryKernel rest) {
        return LoopCopy.of(LOOKUP, FloatPropertyLoop.class, new FloatPropertyLoop.Operation(property, rest));
    }

    @Override
    public WhereKernel where(int elementBytes) {
        WhereKernel where = base.where(elementBytes);
        boolean suits = elementBytes == Integer.BYTES && BYTES_BESIDE_FLOATS;
        suits |= elementBytes == Long.BYTES && WIDE_LONGS;
        return suits
                ? WHERES.computeIfAbsent(
                        elementBytes,
                        _ -> LoopCopy.of(
                                LOOKUP,
                                WhereVectorLoop.class,
                                new WhereVectorLoop.Operation(IntegerLanes.species(elementBytes), where)))
                : where;
    }

    @Override
    public UnaryKernel cast(DataType from, DataType to, CastRule rule) {
        Optional<ByteToFloatLoop> bytes = to == DataType.FP32 ? ByteToFloatLoop.of(from) : Optional.empty();
        if (bytes.isPresent() && BYTES_BESIDE_FLOATS) {
            return bytes.get();
        }
        if (from == DataType.FP32 && to == DataType.BOOL && BYTES_BESIDE_FLOATS) {
            return PROPERTIES.computeIfAbsent(
                    to, _ -> property(x -> x.compare(VectorOperators.NE, 0f), base.cast(from, to, rule)));
        }
        Optional<LaneCast<?, ?>> lanes = LaneCast.of(from, to);
        if (lanes.isPresent()) {
            return LANE_CASTS.computeIfAbsent(lanes.get(), cast -> cast.kernel(base.cast(from, to, CastRule.DEFAULT)));
        }
        return HalfCast.of(from, to)
                .map(cast -> HALF_CASTS.computeIfAbsent(cast, HalfCast::kernel))
                .orElseGet(() -> base.cast(from, to, rule));
    }
}
