package dev.nereid.kernels.reduce;

import dev.nereid.kernels.elementwise.FloatLanes;
import dev.nereid.kernels.elementwise.ScalarFunctions;

/**
 * The reductions of many numbers to one. A row says what each number contributes, how contributions are put together,
 * and what is made of their total. {@code LOG_SUM_EXP} takes the greatest number away from each and adds it in the end,
 * so that nothing overflows.
 */
@SuppressWarnings("ImmutableEnumChecker") // the columns are functions without state
public enum ReduceOp {
    SUM(Term.ITSELF, Accumulation.SUM),
    PRODUCT(Term.ITSELF, Accumulation.PRODUCT),
    MAX(Term.ITSELF, Accumulation.MAXIMUM),
    MIN(Term.ITSELF, Accumulation.MINIMUM),
    SUM_SQUARE(Term.SQUARE, Accumulation.SUM),
    L1(Term.MAGNITUDE, Accumulation.SUM),
    L2(Term.SQUARE, Accumulation.SUM, (total, count, greatest) -> Math.sqrt(total)),
    MEAN(Term.ITSELF, Accumulation.SUM, (total, count, greatest) -> total / count),
    LOG_SUM(Term.ITSELF, Accumulation.SUM, (total, count, greatest) -> Math.log(total)),
    LOG_SUM_EXP(Term.EXPONENTIAL, Accumulation.SUM, (total, count, greatest) -> Math.log(total) + greatest);

    /** What a number contributes. */
    @SuppressWarnings("ImmutableEnumChecker")
    public enum Term {
        ITSELF((x, y) -> x, (x, greatest) -> x, x -> x),
        SQUARE((x, y) -> x.mul(x), (x, greatest) -> x * x, x -> x * x),
        MAGNITUDE((x, y) -> x.abs(), (x, greatest) -> Math.abs(x), x -> Math.abs(x)),
        /** Without lanes of its own: its loop is written out. */
        EXPONENTIAL((x, y) -> x, (x, greatest) -> Math.exp(x - greatest), x -> x);

        private final FloatLanes.Binary lanes;
        private final ScalarFunctions.RealBinary real;
        private final ScalarFunctions.IntegerUnary integer;

        Term(FloatLanes.Binary lanes, ScalarFunctions.RealBinary real, ScalarFunctions.IntegerUnary integer) {
            this.lanes = lanes;
            this.real = real;
            this.integer = integer;
        }

        /** Of a vector of floats; the second operand is ignored. */
        public FloatLanes.Binary lanes() {
            return lanes;
        }

        /** Of a real number, given the greatest of all. */
        public ScalarFunctions.RealBinary real() {
            return real;
        }

        /** Of an integer. */
        public ScalarFunctions.IntegerUnary integer() {
            return integer;
        }
    }

    /** What is made of the total of {@code count} contributions. */
    @FunctionalInterface
    public interface Finish {
        double apply(double total, double count, double greatest);
    }

    private final Term term;
    private final Accumulation accumulation;
    private final Finish finish;
    private final boolean closedOverIntegers;

    ReduceOp(Term term, Accumulation accumulation) {
        this.term = term;
        this.accumulation = accumulation;
        this.finish = (total, count, greatest) -> total;
        this.closedOverIntegers = true;
    }

    ReduceOp(Term term, Accumulation accumulation, Finish finish) {
        this.term = term;
        this.accumulation = accumulation;
        this.finish = finish;
        this.closedOverIntegers = false;
    }

    public Term term() {
        return term;
    }

    public Accumulation accumulation() {
        return accumulation;
    }

    public Finish finish() {
        return finish;
    }

    /** Whether the result of integers is one; else it is computed as a real number and cut off. */
    public boolean closedOverIntegers() {
        return closedOverIntegers;
    }
}
