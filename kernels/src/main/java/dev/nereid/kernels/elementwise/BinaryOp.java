package dev.nereid.kernels.elementwise;

import dev.nereid.tensor.DataType;
import java.util.Optional;

/**
 * The functions of two operands of one type. A row holds what the function does to vectors of floats, to real numbers
 * (the oracle of the lanes), to integers, and to unsigned 64-bit integers where that differs.
 */
@SuppressWarnings("ImmutableEnumChecker") // the columns are functions without state
public enum BinaryOp {
    ADD((x, y) -> x.add(y), (x, y) -> x + y, (x, y) -> x + y),
    SUB((x, y) -> x.sub(y), (x, y) -> x - y, (x, y) -> x - y),
    MUL((x, y) -> x.mul(y), (x, y) -> x * y, (x, y) -> x * y),
    /** Of integers: rounded towards zero, and zero where the divisor is. */
    DIV(
            (x, y) -> x.div(y),
            (x, y) -> x / y,
            (x, y) -> y == 0 ? 0 : x / y,
            (x, y) -> y == 0 ? 0 : Long.divideUnsigned(x, y)),
    /** As in C: powers of 1, and infinite powers of -1, are 1. */
    POW(LogarithmLanes::pow, SpecialFunctions::pow, SpecialFunctions::pow),
    /** The remainder with the sign of the divisor; of integers zero where the divisor is. */
    MOD(
            Optional.empty(),
            (x, y) -> x - y * Math.floor(x / y),
            (x, y) -> y == 0 ? 0 : Math.floorMod(x, y),
            (x, y) -> y == 0 ? 0 : Long.remainderUnsigned(x, y)),
    /** The remainder with the sign of the dividend; of integers zero where the divisor is. */
    FMOD(
            Optional.empty(),
            (x, y) -> x % y,
            (x, y) -> y == 0 ? 0 : x % y,
            (x, y) -> y == 0 ? 0 : Long.remainderUnsigned(x, y)),
    /** NaN where one of them is. */
    MAX((x, y) -> x.max(y), Math::max, Math::max, (x, y) -> Long.compareUnsigned(x, y) >= 0 ? x : y),
    /** NaN where one of them is. */
    MIN((x, y) -> x.min(y), Math::min, Math::min, (x, y) -> Long.compareUnsigned(x, y) <= 0 ? x : y),
    /** {@code x}, below zero {@code x * y}. */
    PRELU((x, y) -> x.blend(x.mul(y), x.lt(0f)), (x, y) -> x < 0 ? x * y : x, (x, y) -> x < 0 ? x * y : x),
    /** Of truth values the logical conjunction. */
    BITWISE_AND((x, y) -> x & y),
    /** Of truth values the logical disjunction. */
    BITWISE_OR((x, y) -> x | y),
    /** Of truth values whether they differ. */
    BITWISE_XOR((x, y) -> x ^ y),
    SHIFT_LEFT((x, y) -> y < 0 || y > 63 ? 0 : x << y),
    /** Of unsigned integers: zeros come in. */
    SHIFT_RIGHT((x, y) -> y < 0 || y > 63 ? 0 : x >>> y);

    private final Optional<FloatLanes.Binary> lanes;
    private final Optional<ScalarFunctions.RealBinary> real;
    private final ScalarFunctions.IntegerBinary integer;
    private final ScalarFunctions.IntegerBinary unsigned;

    BinaryOp(FloatLanes.Binary lanes, ScalarFunctions.RealBinary real, ScalarFunctions.IntegerBinary integer) {
        this(Optional.of(lanes), real, integer, integer);
    }

    BinaryOp(
            FloatLanes.Binary lanes,
            ScalarFunctions.RealBinary real,
            ScalarFunctions.IntegerBinary integer,
            ScalarFunctions.IntegerBinary unsigned) {
        this(Optional.of(lanes), real, integer, unsigned);
    }

    BinaryOp(
            Optional<FloatLanes.Binary> lanes,
            ScalarFunctions.RealBinary real,
            ScalarFunctions.IntegerBinary integer,
            ScalarFunctions.IntegerBinary unsigned) {
        this.lanes = lanes;
        this.real = Optional.of(real);
        this.integer = integer;
        this.unsigned = unsigned;
    }

    BinaryOp(ScalarFunctions.IntegerBinary integer) {
        this.lanes = Optional.empty();
        this.real = Optional.empty();
        this.integer = integer;
        this.unsigned = integer;
    }

    /** What the function does to vectors of floats. */
    public Optional<FloatLanes.Binary> lanes() {
        return lanes;
    }

    /** What the function does to real numbers. */
    public Optional<ScalarFunctions.RealBinary> real() {
        return real;
    }

    /** What the function does to integers of {@code type}. */
    public ScalarFunctions.IntegerBinary integer(DataType type) {
        return type == DataType.UINT64 ? unsigned : integer;
    }

    /** Whether the function has a meaning for elements of {@code type}. */
    public boolean takes(DataType type) {
        return switch (type.kind()) {
            case FLOAT -> real.isPresent();
            case BOOL, SIGNED, UNSIGNED -> true;
            case COMPLEX, STRING -> false;
        };
    }
}
