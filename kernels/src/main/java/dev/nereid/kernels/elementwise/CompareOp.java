package dev.nereid.kernels.elementwise;

import dev.nereid.tensor.DataType;
import jdk.incubator.vector.VectorOperators;

/** The relations of two operands of one type. No relation holds for a NaN. */
@SuppressWarnings("ImmutableEnumChecker") // the columns are functions without state
public enum CompareOp {
    EQUAL((x, y) -> x.eq(y), (x, y) -> x == y, (x, y) -> x == y, (x, y) -> x == y),
    LESS((x, y) -> x.lt(y), (x, y) -> x < y, (x, y) -> x < y, (x, y) -> Long.compareUnsigned(x, y) < 0),
    LESS_OR_EQUAL(
            (x, y) -> x.compare(VectorOperators.LE, y),
            (x, y) -> x <= y,
            (x, y) -> x <= y,
            (x, y) -> Long.compareUnsigned(x, y) <= 0),
    GREATER(
            (x, y) -> x.compare(VectorOperators.GT, y),
            (x, y) -> x > y,
            (x, y) -> x > y,
            (x, y) -> Long.compareUnsigned(x, y) > 0),
    GREATER_OR_EQUAL(
            (x, y) -> x.compare(VectorOperators.GE, y),
            (x, y) -> x >= y,
            (x, y) -> x >= y,
            (x, y) -> Long.compareUnsigned(x, y) >= 0);

    private final FloatLanes.Relation lanes;
    private final ScalarFunctions.RealRelation real;
    private final ScalarFunctions.IntegerRelation integer;
    private final ScalarFunctions.IntegerRelation unsigned;

    CompareOp(
            FloatLanes.Relation lanes,
            ScalarFunctions.RealRelation real,
            ScalarFunctions.IntegerRelation integer,
            ScalarFunctions.IntegerRelation unsigned) {
        this.lanes = lanes;
        this.real = real;
        this.integer = integer;
        this.unsigned = unsigned;
    }

    /** The relation of two vectors of floats. */
    public FloatLanes.Relation lanes() {
        return lanes;
    }

    /** The relation of two real numbers. */
    public ScalarFunctions.RealRelation real() {
        return real;
    }

    /** The relation of two integers of {@code type}. */
    public ScalarFunctions.IntegerRelation integer(DataType type) {
        return type == DataType.UINT64 ? unsigned : integer;
    }
}
