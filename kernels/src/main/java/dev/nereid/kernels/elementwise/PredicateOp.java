package dev.nereid.kernels.elementwise;

/** The properties of a real number. */
@SuppressWarnings("ImmutableEnumChecker") // the columns are functions without state
public enum PredicateOp {
    IS_NAN((x, positive, negative) -> Double.isNaN(x)),
    /** Of positive infinity where alpha is not 0, of negative infinity where beta is not 0. */
    IS_INF((x, positive, negative) ->
            (x == Double.POSITIVE_INFINITY && positive != 0) || (x == Double.NEGATIVE_INFINITY && negative != 0));

    /** Whether a number has the property. */
    @FunctionalInterface
    public interface Test {
        boolean holds(double x, double alpha, double beta);
    }

    private final Test test;

    PredicateOp(Test test) {
        this.test = test;
    }

    public Test test() {
        return test;
    }
}
