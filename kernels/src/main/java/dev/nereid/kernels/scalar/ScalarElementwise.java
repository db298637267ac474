package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.PredicateOp;
import dev.nereid.kernels.elementwise.ScalarFunctions;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.elementwise.WhereKernel;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.tensor.DataType;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The scalar loops over elements of every datatype. Real numbers are computed as doubles and rounded once. Each kernel
 * is made once in the process.
 */
public final class ScalarElementwise implements ElementwiseKernels {
    private record Key(Object operation, DataType from, DataType to) {}

    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final ConcurrentMap<Key, UnaryKernel> UNARY = new ConcurrentHashMap<>();
    private static final ConcurrentMap<Key, BinaryKernel> BINARY = new ConcurrentHashMap<>();
    private static final ConcurrentMap<DataType, WhereKernel> WHERE = new ConcurrentHashMap<>();

    @Override
    public UnaryKernel unary(UnaryOp op, DataType type) {
        if (!op.takes(type)) {
            throw new UnsupportedOperationException(op + " has no meaning for elements of " + type);
        }
        ElementAccess elements = ElementAccess.of(type);
        return UNARY.computeIfAbsent(
                new Key(op, type, type),
                _ -> type.isFloat()
                        ? real(elements, elements, op.real().orElseThrow())
                        : integer(elements, elements, op.integer().orElseThrow()));
    }

    @Override
    public BinaryKernel binary(BinaryOp op, DataType type) {
        if (!op.takes(type)) {
            throw new UnsupportedOperationException(op + " has no meaning for elements of " + type);
        }
        ElementAccess elements = ElementAccess.of(type);
        return BINARY.computeIfAbsent(
                new Key(op, type, type),
                _ -> type.isFloat()
                        ? real(elements, elements, op.real().orElseThrow())
                        : integer(elements, elements, op.integer(type)));
    }

    @Override
    public BinaryKernel compare(CompareOp op, DataType type) {
        ElementAccess elements = ElementAccess.of(type);
        ElementAccess truth = ElementAccess.of(DataType.BOOL);
        ScalarFunctions.RealRelation real = op.real();
        ScalarFunctions.IntegerRelation integer = op.integer(type);
        return BINARY.computeIfAbsent(
                new Key(op, type, DataType.BOOL),
                _ -> type.isFloat()
                        ? real(elements, truth, (x, y) -> real.holds(x, y) ? 1 : 0)
                        : integer(elements, truth, (x, y) -> integer.holds(x, y) ? 1 : 0));
    }

    @Override
    public UnaryKernel test(PredicateOp op, DataType type) {
        PredicateOp.Test test = op.test();
        return UNARY.computeIfAbsent(
                new Key(op, type, DataType.BOOL),
                _ -> real(
                        ElementAccess.of(type),
                        ElementAccess.of(DataType.BOOL),
                        (x, a, b) -> test.holds(x, a, b) ? 1 : 0));
    }

    @Override
    public WhereKernel where(int elementBytes) {
        DataType type = switch (elementBytes) {
            case 1 -> DataType.INT8;
            case 2 -> DataType.INT16;
            case 4 -> DataType.INT32;
            case 8 -> DataType.INT64;
            default -> throw new UnsupportedOperationException("no elements of " + elementBytes + " bytes");
        };
        return WHERE.computeIfAbsent(type, _ -> LoopCopy.of(LOOKUP, WhereLoop.class, ElementAccess.of(type)));
    }

    @Override
    public UnaryKernel cast(DataType from, DataType to, CastRule rule) {
        ElementAccess source = ElementAccess.of(from);
        ElementAccess target = ElementAccess.of(to, rule);
        // The integer way is exact; unsigned 64-bit integers only fit it where the target wraps.
        boolean asInteger = source.isInteger() && (from != DataType.UINT64 || target.isInteger());
        return UNARY.computeIfAbsent(
                new Key(rule, from, to),
                _ -> asInteger ? integer(source, target, x -> x) : real(source, target, (x, a, b) -> x));
    }

    private static UnaryKernel real(ElementAccess from, ElementAccess to, ScalarFunctions.RealUnary function) {
        return LoopCopy.of(LOOKUP, RealUnaryLoop.class, new RealUnaryLoop.Operation(from, to, function));
    }

    private static UnaryKernel integer(ElementAccess from, ElementAccess to, ScalarFunctions.IntegerUnary function) {
        return LoopCopy.of(LOOKUP, IntegerUnaryLoop.class, new IntegerUnaryLoop.Operation(from, to, function));
    }

    private static BinaryKernel real(ElementAccess from, ElementAccess to, ScalarFunctions.RealBinary function) {
        return LoopCopy.of(LOOKUP, RealBinaryLoop.class, new RealBinaryLoop.Operation(from, to, function));
    }

    private static BinaryKernel integer(ElementAccess from, ElementAccess to, ScalarFunctions.IntegerBinary function) {
        return LoopCopy.of(LOOKUP, IntegerBinaryLoop.class, new IntegerBinaryLoop.Operation(from, to, function));
    }
}
