package dev.nereid.kernels.reduce;

import dev.nereid.kernels.elementwise.FloatLanes;
import dev.nereid.kernels.elementwise.ScalarFunctions;
import dev.nereid.tensor.DataType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Associative operations for reductions and prefix sums, up to rounding, each with its identity element. */
@SuppressWarnings("ImmutableEnumChecker") // the columns are functions without state
public enum Accumulation {
    SUM((x, y) -> x.add(y), LaneReduction::sum, (x, y) -> x + y, 0, (x, y) -> x + y, (x, y) -> x + y),
    PRODUCT((x, y) -> x.mul(y), LaneReduction::product, (x, y) -> x * y, 1, (x, y) -> x * y, (x, y) -> x * y),
    MAXIMUM(
            (x, y) -> x.max(y),
            v -> v.reduceLanes(VectorOperators.MAX),
            Math::max,
            Double.NEGATIVE_INFINITY,
            Math::max,
            (x, y) -> Long.compareUnsigned(x, y) >= 0 ? x : y),
    MINIMUM(
            (x, y) -> x.min(y),
            v -> v.reduceLanes(VectorOperators.MIN),
            Math::min,
            Double.POSITIVE_INFINITY,
            Math::min,
            (x, y) -> Long.compareUnsigned(x, y) <= 0 ? x : y);

    /** Puts the lanes of one vector together, always in the same order. */
    @FunctionalInterface
    interface AcrossLanes {
        float apply(FloatVector lanes);
    }

    private final FloatLanes.Binary lanes;
    private final AcrossLanes acrossLanes;
    private final ScalarFunctions.RealBinary real;
    private final double neutral;
    private final ScalarFunctions.IntegerBinary integer;
    private final ScalarFunctions.IntegerBinary unsigned;

    Accumulation(
            FloatLanes.Binary lanes,
            AcrossLanes acrossLanes,
            ScalarFunctions.RealBinary real,
            double neutral,
            ScalarFunctions.IntegerBinary integer,
            ScalarFunctions.IntegerBinary unsigned) {
        this.lanes = lanes;
        this.acrossLanes = acrossLanes;
        this.real = real;
        this.neutral = neutral;
        this.integer = integer;
        this.unsigned = unsigned;
    }

    /** Puts two vectors of floats together, lane by lane. */
    public FloatLanes.Binary lanes() {
        return lanes;
    }

    /** Puts the lanes of one vector together. */
    public AcrossLanes acrossLanes() {
        return acrossLanes;
    }

    /** Puts two real numbers together. */
    public ScalarFunctions.RealBinary real() {
        return real;
    }

    /** The real identity element. */
    public double neutral() {
        return neutral;
    }

    /** Puts two integers of {@code type} together. */
    public ScalarFunctions.IntegerBinary integer(DataType type) {
        return type == DataType.UINT64 ? unsigned : integer;
    }

    /** The integer identity element, of a type between {@code lowest} and {@code highest}. */
    public long neutral(long lowest, long highest) {
        return switch (this) {
            case SUM -> 0;
            case PRODUCT -> 1;
            case MAXIMUM -> lowest;
            case MINIMUM -> highest;
        };
    }
}
