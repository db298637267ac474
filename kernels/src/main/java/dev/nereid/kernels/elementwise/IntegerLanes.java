package dev.nereid.kernels.elementwise;

import dev.nereid.tensor.DataType;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What operators do to vectors of integers and booleans, of whichever size: the loops are copied for each function and
 * size, and to a copy the type of its lanes is a constant.
 */
final class IntegerLanes {
    private static final Map<BinaryOp, Binary> BITWISE = Map.of(
            BinaryOp.BITWISE_AND, (x, y) -> x.lanewise(VectorOperators.AND, y),
            BinaryOp.BITWISE_OR, (x, y) -> x.lanewise(VectorOperators.OR, y),
            BinaryOp.BITWISE_XOR, (x, y) -> x.lanewise(VectorOperators.XOR, y));

    /** The same whether there is a sign or not. */
    private static final Map<BinaryOp, Binary> WRAPPING = Map.of(
            BinaryOp.ADD, (x, y) -> x.add(y),
            BinaryOp.SUB, (x, y) -> x.sub(y),
            BinaryOp.MUL, (x, y) -> x.mul(y));

    private static final Map<BinaryOp, Binary> SIGNED = Map.of(
            BinaryOp.MIN, (x, y) -> x.min(y),
            BinaryOp.MAX, (x, y) -> x.max(y));

    /** Of 32 bits, in vectors of {@link IntegerDivision#SPECIES}. */
    private static final Map<BinaryOp, Binary> DIVISIONS = Map.of(
            BinaryOp.DIV, IntegerDivision::quotient,
            BinaryOp.MOD, IntegerDivision::floorRemainder,
            BinaryOp.FMOD, IntegerDivision::remainder);

    /** {@code abs()} of 64 bits is one instruction of AVX512; elsewhere C2 has none and makes an object of each vector. */
    private static final Map<UnaryOp, Unary> SIGNED_UNARY = Map.of(
            UnaryOp.ABS, x -> x.max(x.neg()),
            UnaryOp.NEG, x -> x.neg(),
            UnaryOp.SIGN, x -> x.min(x.broadcast(1)).max(x.broadcast(-1)),
            UnaryOp.RELU, x -> x.max(x.broadcast(0)));

    private static final Set<DataType> SIGNED_TYPES =
            Set.of(DataType.INT8, DataType.INT16, DataType.INT32, DataType.INT64);

    private static final Set<DataType> UNSIGNED_TYPES =
            Set.of(DataType.UINT8, DataType.UINT16, DataType.UINT32, DataType.UINT64);

    private IntegerLanes() {}

    /** A function of two vectors of the same lanes. */
    @FunctionalInterface
    interface Binary {
        Vector<?> apply(Vector<Object> x, Vector<Object> y);
    }

    /** A function of a vector. */
    @FunctionalInterface
    interface Unary {
        Vector<Object> apply(Vector<Object> x);
    }

    /** What an operator of two operands does to vectors of a type, if it is known. */
    static Optional<Binary> of(BinaryOp op, DataType type) {
        if (type.isFloat() || !op.takes(type)) {
            return Optional.empty();
        }
        Optional<Binary> bitwise = Optional.ofNullable(BITWISE.get(op));
        boolean signed = SIGNED_TYPES.contains(type);
        Optional<Binary> division = type == DataType.INT32 ? Optional.ofNullable(DIVISIONS.get(op)) : Optional.empty();
        return bitwise.or(() -> division)
                .or(() -> signed ? Optional.ofNullable(SIGNED.get(op)) : Optional.empty())
                .or(() -> signed || UNSIGNED_TYPES.contains(type)
                        ? Optional.ofNullable(WRAPPING.get(op))
                        : Optional.empty());
    }

    /** What an operator of one operand does to vectors of a type, if it is known. */
    static Optional<Unary> of(UnaryOp op, DataType type) {
        return SIGNED_TYPES.contains(type) ? Optional.ofNullable(SIGNED_UNARY.get(op)) : Optional.empty();
    }

    /** The vectors that an operator of two operands takes of elements of so many bytes. */
    static VectorSpecies<?> species(BinaryOp op, int bytes) {
        return DIVISIONS.containsKey(op) ? IntegerDivision.SPECIES : species(bytes);
    }

    /** The widest vectors of elements of so many bytes. */
    static VectorSpecies<?> species(int bytes) {
        return switch (bytes) {
            case Byte.BYTES -> ByteVector.SPECIES_PREFERRED;
            case Short.BYTES -> ShortVector.SPECIES_PREFERRED;
            case Integer.BYTES -> IntVector.SPECIES_PREFERRED;
            case Long.BYTES -> LongVector.SPECIES_PREFERRED;
            default -> throw new IllegalArgumentException("no integers of " + bytes + " bytes");
        };
    }
}
