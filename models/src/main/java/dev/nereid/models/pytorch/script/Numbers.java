package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * Numbers and truth values, known or not. What is known stays so; the rest becomes nodes: INT64 of shape [1] for
 * integers, FP64 and BOOL of shape [] for the others.
 */
final class Numbers {
    private static final int RANK_OF_INTEGER = 1;

    private final Evaluation evaluation;

    Numbers(Evaluation evaluation) {
        this.evaluation = evaluation;
    }

    private AtenGraph graph() {
        return evaluation.graph();
    }

    /** Whether a value is a number or truth value. */
    static boolean isNumber(ScriptValue value) {
        return value instanceof Plain(Argument argument) && (isInteger(argument) || isScalar(argument));
    }

    /** Whether an argument is an integer or truth value that is known, or an integer. */
    static boolean isInteger(Argument argument) {
        return argument instanceof Argument.OfInteger
                || argument instanceof Argument.OfSymbolicInteger
                || argument instanceof Argument.OfBoolean;
    }

    private static boolean isScalar(Argument argument) {
        return argument instanceof Argument.OfReal || argument instanceof Argument.OfSymbolicScalar;
    }

    boolean isSymbolicTruth(Argument argument) {
        return argument instanceof Argument.OfSymbolicScalar(Value value) && graph().dataType(value) == DataType.BOOL;
    }

    /** The formula of an integer, where one is known. */
    Optional<Dim> formula(Argument argument) {
        return switch (argument) {
            case Argument.OfInteger(long value) -> Optional.of(Dim.of(value));
            case Argument.OfBoolean(boolean value) -> Optional.of(Dim.of(value ? 1 : 0));
            case Argument.OfSymbolicInteger(Value value) ->
                graph().content(value).filter(dims -> dims.size() == 1).map(List::getFirst);
            default -> Optional.empty();
        };
    }

    /** {@code int(x)}: an integer, truncated. */
    Argument integer(ScriptValue value) {
        return switch (value) {
            case Plain(Argument.OfInteger integer) -> integer;
            case Plain(Argument.OfSymbolicInteger integer) -> integer;
            case Plain(Argument.OfBoolean(boolean truth)) -> Argument.of(truth ? 1L : 0L);
            case Plain(Argument.OfReal(double real)) -> Argument.of((long) real);
            case Plain(Argument.OfSymbolicScalar(Value scalar)) -> integerOf(scalar);
            case Plain(Argument.OfTensor tensor) -> integerOf(tensor.reference().value());
            case Plain(Argument.OfText(String text)) -> Argument.of(Long.parseLong(text.strip()));
            default -> throw new ModelFormatException("expected an integer, got " + value.kind());
        };
    }

    private Argument integerOf(Value value) {
        Value integer = graph().cast(value, DataType.INT64);
        return graph().integerArgument(
                        graph().rank(integer) == RANK_OF_INTEGER
                                ? integer
                                : graph().node("Reshape", integer, graph().integers(1)));
    }

    /** {@code float(x)}. */
    Argument real(ScriptValue value) {
        return switch (value) {
            case Plain(Argument.OfReal real) -> real;
            case Plain(Argument.OfInteger(long integer)) -> Argument.of((double) integer);
            case Plain(Argument.OfBoolean(boolean truth)) -> Argument.of(truth ? 1.0 : 0.0);
            case Plain(Argument.OfTensor tensor) -> {
                Value held = tensor.reference().value();
                Optional<Double> known = graph().constant(held).flatMap(Numbers::single);
                yield known.map(Argument::of)
                        .orElseGet(() -> new Argument.OfSymbolicScalar(scalar(held, DataType.FP64)));
            }
            case Plain(Argument.OfText(String text)) -> Argument.of(real(text));
            case Plain(Argument argument)
            when isInteger(argument) || isScalar(argument) -> new Argument.OfSymbolicScalar(realValue(argument));
            default -> throw new ModelFormatException("expected a number, got " + value.kind());
        };
    }

    private static double real(String text) {
        return switch (text.strip()) {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> Double.parseDouble(text);
        };
    }

    /** The number that a constant of one element is. */
    private static Optional<Double> single(Tensor tensor) {
        if (tensor.shape().elements() != 1) {
            return Optional.empty();
        }
        return switch (tensor.dataType()) {
            case FP32 -> Optional.of((double) tensor.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0));
            case FP64 -> Optional.of(tensor.segment().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0));
            case INT64 -> Optional.of((double) tensor.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
            case INT32 -> Optional.of((double) tensor.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 0));
            default -> Optional.empty();
        };
    }

    /** {@code bool(x)}: a truth value. */
    Argument truth(ScriptValue value) {
        return switch (value) {
            case Plain(Argument.OfBoolean truth) -> truth;
            case Plain(Argument.OfInteger(long integer)) -> Argument.of(integer != 0);
            case Plain(Argument.OfReal(double real)) -> Argument.of(real != 0);
            case Plain(Argument.OfSymbolicInteger integer) -> compare("ne", integer, Argument.of(0L));
            case Plain(Argument.OfSymbolicScalar(Value scalar)) -> truthOf(scalar);
            case Plain(Argument.OfTensor tensor) -> truthOf(tensor.reference().value());
            case Plain(Argument.OfText(String text)) -> Argument.of(!text.isEmpty());
            default -> throw new ModelFormatException("expected a truth value, got " + value.kind());
        };
    }

    private Argument truthOf(Value value) {
        Optional<List<Dim>> content = graph().content(value)
                .filter(dims -> dims.size() == 1 && dims.getFirst().isKnown());
        return content.isPresent()
                ? Argument.of(content.get().getFirst().value() != 0)
                : new Argument.OfSymbolicScalar(scalar(value, DataType.BOOL));
    }

    /** A value of one element as one of shape []. */
    Value scalar(Value value, DataType type) {
        Value cast = graph().cast(value, type);
        return graph().type(cast).hasRank() && graph().rank(cast) == 0
                ? cast
                : graph().node("Reshape", cast, graph().integers());
    }

    /** A number or truth value as FP64 of shape []. */
    Value realValue(Argument argument) {
        return switch (argument) {
            case Argument.OfReal(double value) -> graph().scalar(value, DataType.FP64);
            case Argument.OfSymbolicScalar(Value value) -> graph().cast(value, DataType.FP64);
            default -> scalar(graph().integer(argument), DataType.FP64);
        };
    }

    /** A truth value as BOOL of shape []. */
    Value truthValue(Argument argument) {
        return switch (argument) {
            case Argument.OfBoolean(boolean value) -> graph().scalar(value ? 1L : 0L, DataType.BOOL);
            case Argument.OfSymbolicScalar(Value value) -> graph().cast(value, DataType.BOOL);
            default -> throw new ModelFormatException("expected a truth value, got " + argument.kind());
        };
    }

    /** A number as a tensor of shape []: of INT64, BOOL, or {@code type} for the others. */
    Value tensor(Argument argument, DataType type) {
        return switch (argument) {
            case Argument.OfInteger(long value) -> graph().scalar(value, DataType.INT64);
            case Argument.OfBoolean _ -> truthValue(argument);
            case Argument.OfSymbolicInteger(Value value) -> scalar(value, DataType.INT64);
            case Argument.OfReal(double value) -> graph().scalar(value, type);
            case Argument.OfSymbolicScalar(Value value) ->
                graph().dataType(value) == DataType.BOOL ? value : graph().cast(value, type);
            default -> throw new ModelFormatException("expected a number, got " + argument.kind());
        };
    }

    /** {@code not x}. */
    Argument not(Argument truth) {
        return truth instanceof Argument.OfBoolean(boolean value)
                ? Argument.of(!value)
                : new Argument.OfSymbolicScalar(graph().node("Not", truthValue(truth)));
    }

    /** Both, either, or one of two truth values; {@code operator} is And, Or or Xor. */
    Argument logical(String operator, Argument left, Argument right) {
        Argument first = truth(new Plain(left));
        Argument second = truth(new Plain(right));
        if (first instanceof Argument.OfBoolean(boolean known)) {
            return withKnown(operator, known, second);
        }
        if (second instanceof Argument.OfBoolean(boolean known)) {
            return withKnown(operator, known, first);
        }
        return new Argument.OfSymbolicScalar(graph().node(operator, truthValue(first), truthValue(second)));
    }

    private Argument withKnown(String operator, boolean known, Argument other) {
        return switch (operator) {
            case "And" -> known ? other : Argument.of(false);
            case "Or" -> known ? Argument.of(true) : other;
            default -> known ? not(other) : other;
        };
    }

    /** Compares two numbers; the relation is eq, ne, lt, le, gt or ge. */
    Argument compare(String relation, Argument left, Argument right) {
        return new Comparison(this, graph()).compare(relation, left, right);
    }

    /** How many times a range runs, for bounds that need not be known. */
    Argument rangeLength(Argument start, Argument end, Argument step) {
        if (!(step instanceof Argument.OfInteger(long by)) || by <= 0) {
            throw new ModelFormatException("a range whose bounds only a run knows has the step " + step.kind());
        }
        Arithmetic arithmetic = new Arithmetic(this, graph());
        Argument distance = arithmetic.calculate("sub", end, start);
        Argument count = by == 1
                ? distance
                : arithmetic.calculate(
                        "floordiv", arithmetic.calculate("add", distance, Argument.of(by - 1)), Argument.of(by));
        return arithmetic.calculate("max", count, Argument.of(0L));
    }

    /** A calculation with two numbers; see {@link Arithmetic}. */
    Argument calculate(String operation, Argument left, Argument right) {
        return new Arithmetic(this, graph()).calculate(operation, left, right);
    }

    /** Whether a formula is 0 or more whatever its symbols are. */
    static boolean isNeverNegative(Dim formula) {
        if (formula.isKnown()) {
            return formula.value() >= 0;
        }
        try {
            // It is never -1, so it is always above or always below.
            return formula.differsFrom(Dim.of(-1)) && formula.evaluate(_ -> 1) >= 0;
        } catch (ArithmeticException e) {
            return false;
        }
    }
}
