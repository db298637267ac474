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

    private final Lanes.Relation lanes;
    private final Scalars.RealRelation real;
    private final Scalars.IntegerRelation integer;
    private final Scalars.IntegerRelation unsigned;

    CompareOp(
            Lanes.Relation lanes,
            Scalars.RealRelation real,
            Scalars.IntegerRelation integer,
            Scalars.IntegerRelation unsigned) {
        this.lanes = lanes;
        this.real = real;
        this.integer = integer;
        this.unsigned = unsigned;
    }

    /** The relation of two vectors of floats. */
    public Lanes.Relation lanes() {
        return lanes;
    }

    /** The relation of two real numbers. */
    public Scalars.RealRelation real() {
        return real;
    }

    /** The relation of two integers of {@code type}. */
    public Scalars.IntegerRelation integer(DataType type) {
        return type == DataType.UINT64 ? unsigned : integer;
    }
}
