package dev.nereid.kernels.elementwise;

import dev.nereid.tensor.DataType;
import java.util.Optional;

/**
 * The functions of one operand. A row holds what the function does to a vector of floats, to a real number (the oracle
 * of the lanes) and, where it has a meaning there, to an integer. {@code a} and {@code b} are the parameters alpha and
 * beta.
 */
@SuppressWarnings("ImmutableEnumChecker") // the columns are functions without state
public enum UnaryOp {
    ABS((x, a, b) -> x.abs(), (x, a, b) -> Math.abs(x), x -> Math.abs(x)),
    NEG((x, a, b) -> x.neg(), (x, a, b) -> -x, x -> -x),
    SIGN(RoundingLanes::sign, (x, a, b) -> Math.signum(x), x -> Long.signum(x)),
    FLOOR(RoundingLanes::floor, (x, a, b) -> Math.floor(x)),
    CEIL(RoundingLanes::ceil, (x, a, b) -> Math.ceil(x)),
    /** Halves go to the even neighbour. */
    ROUND(RoundingLanes::round, (x, a, b) -> Math.rint(x)),
    RECIPROCAL((x, a, b) -> x.broadcast(1f).div(x), (x, a, b) -> 1 / x),
    SQRT((x, a, b) -> x.sqrt(), (x, a, b) -> Math.sqrt(x)),
    EXP(ExponentialLanes::exp, (x, a, b) -> Math.exp(x)),
    LOG(LogarithmLanes::log, (x, a, b) -> Math.log(x)),
    SIN(TrigonometricLanes::sin, (x, a, b) -> Math.sin(x)),
    COS(TrigonometricLanes::cos, (x, a, b) -> Math.cos(x)),
    TAN(TrigonometricLanes::tan, (x, a, b) -> Math.tan(x)),
    ASIN(TrigonometricLanes::asin, (x, a, b) -> Math.asin(x)),
    ACOS(TrigonometricLanes::acos, (x, a, b) -> Math.acos(x)),
    ATAN(TrigonometricLanes::atan, (x, a, b) -> Math.atan(x)),
    SINH(TrigonometricLanes::sinh, (x, a, b) -> Math.sinh(x)),
    COSH(TrigonometricLanes::cosh, (x, a, b) -> Math.cosh(x)),
    TANH(ExponentialLanes::tanh, (x, a, b) -> Math.tanh(x)),
    ASINH(LogarithmLanes::asinh, (x, a, b) -> SpecialFunctions.asinh(x)),
    ACOSH(LogarithmLanes::acosh, (x, a, b) -> SpecialFunctions.acosh(x)),
    ATANH(LogarithmLanes::atanh, (x, a, b) -> SpecialFunctions.atanh(x)),
    ERF(ExponentialLanes::erf, (x, a, b) -> SpecialFunctions.erf(x)),
    SIGMOID(ExponentialLanes::sigmoid, (x, a, b) -> 1 / (1 + Math.exp(-x))),
    SOFTPLUS(LogarithmLanes::softplus, (x, a, b) -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
    SOFTSIGN((x, a, b) -> x.div(x.abs().add(1f)), (x, a, b) -> x / (1 + Math.abs(x))),
    MISH(ActivationLanes::mish, (x, a, b) -> SpecialFunctions.mish(x)),
    GELU(ActivationLanes::gelu, (x, a, b) -> SpecialFunctions.gelu(x)),
    /** The approximation of {@code GELU} by tanh. */
    GELU_TANH(ActivationLanes::geluTanh, (x, a, b) -> SpecialFunctions.geluTanh(x)),
    RELU(ActivationLanes::relu, (x, a, b) -> x < 0 ? 0 : x, x -> Math.max(x, 0)),
    /** Below zero {@code a * x}. */
    LEAKY_RELU(ActivationLanes::leakyRelu, (x, a, b) -> x < 0 ? a * x : x),
    /** Zero unless above {@code a}. */
    THRESHOLDED_RELU(ActivationLanes::thresholdedRelu, (x, a, b) -> x > a ? x : 0),
    /** Below zero {@code a * (exp(x) - 1)}. */
    ELU(ActivationLanes::elu, (x, a, b) -> x < 0 ? a * Math.expm1(x) : x),
    /** {@code b * x}, below zero {@code b * a * (exp(x) - 1)}. */
    SELU(ActivationLanes::selu, (x, a, b) -> b * (x < 0 ? a * Math.expm1(x) : x)),
    /** Below zero {@code a * (exp(x / a) - 1)}. */
    CELU(ActivationLanes::celu, (x, a, b) -> x < 0 ? a * Math.expm1(x / a) : x),
    /** {@code a * x + b} between 0 and 1. */
    HARD_SIGMOID((x, a, b) -> x.fma(a, b).max(0f).min(1f), (x, a, b) -> Math.min(Math.max(a * x + b, 0), 1)),
    HARD_SWISH(
            (x, a, b) -> x.fma(x.broadcast(1f / 6f), x.broadcast(0.5f))
                    .max(0f)
                    .min(1f)
                    .mul(x),
            (x, a, b) -> x * Math.min(Math.max(x / 6 + 0.5, 0), 1)),
    /** {@code x * sigmoid(a * x)}. */
    SWISH(ActivationLanes::swish, (x, a, b) -> x / (1 + Math.exp(-a * x))),
    /** Zero between {@code -a} and {@code a}; what is outside moves towards zero by {@code b}. */
    SHRINK(ActivationLanes::shrink, (x, a, b) -> x < -a ? x + b : x > a ? x - b : 0),
    /** At least {@code a}, and then at most {@code b}. */
    CLIP((x, a, b) -> x.max(a).min(b), (x, a, b) -> Math.min(Math.max(x, a), b)),
    /** {@code a * x + b}. */
    AFFINE((x, a, b) -> x.fma(a, b), (x, a, b) -> Math.fma(x, a, b)),
    /** Of truth values. */
    NOT(x -> x == 0 ? 1 : 0),
    BITWISE_NOT(x -> ~x);

    private final Optional<FloatLanes.Unary> lanes;
    private final Optional<ScalarFunctions.RealUnary> real;
    private final Optional<ScalarFunctions.IntegerUnary> integer;

    UnaryOp(FloatLanes.Unary lanes, ScalarFunctions.RealUnary real, ScalarFunctions.IntegerUnary integer) {
        this.lanes = Optional.of(lanes);
        this.real = Optional.of(real);
        this.integer = Optional.of(integer);
    }

    UnaryOp(FloatLanes.Unary lanes, ScalarFunctions.RealUnary real) {
        this.lanes = Optional.of(lanes);
        this.real = Optional.of(real);
        this.integer = Optional.empty();
    }

    UnaryOp(ScalarFunctions.IntegerUnary integer) {
        this.lanes = Optional.empty();
        this.real = Optional.empty();
        this.integer = Optional.of(integer);
    }

    /** What the function does to a vector of floats. */
    public Optional<FloatLanes.Unary> lanes() {
        return lanes;
    }

    /** What the function does to a real number. */
    public Optional<ScalarFunctions.RealUnary> real() {
        return real;
    }

    /** What the function does to an integer. */
    public Optional<ScalarFunctions.IntegerUnary> integer() {
        return integer;
    }

    /** Whether the function has a meaning for elements of {@code type}. */
    public boolean takes(DataType type) {
        return switch (type.kind()) {
            case FLOAT -> real.isPresent();
            case BOOL, SIGNED, UNSIGNED -> integer.isPresent();
            case COMPLEX, STRING -> false;
        };
    }
}
