package dev.nereid.kernels.elementwise;

/**
 * The functions of single elements that elementwise kernels compute. Real numbers are computed as doubles and rounded once,
 * when stored.
 */
public final class ScalarFunctions {
    private ScalarFunctions() {}

    /** A function of a real number and the operator's two parameters. */
    @FunctionalInterface
    public interface RealUnary {
        double apply(double x, double alpha, double beta);
    }

    /** A function of two real numbers. */
    @FunctionalInterface
    public interface RealBinary {
        double apply(double x, double y);
    }

    /** A function of an integer, sign- or zero-extended; the result wraps when it is stored. */
    @FunctionalInterface
    public interface IntegerUnary {
        long apply(long x);
    }

    /** A function of two integers, sign- or zero-extended; the result wraps when it is stored. */
    @FunctionalInterface
    public interface IntegerBinary {
        long apply(long x, long y);
    }

    /** A relation of two real numbers. */
    @FunctionalInterface
    public interface RealRelation {
        boolean holds(double x, double y);
    }

    /** A relation of two integers. */
    @FunctionalInterface
    public interface IntegerRelation {
        boolean holds(long x, long y);
    }
}
