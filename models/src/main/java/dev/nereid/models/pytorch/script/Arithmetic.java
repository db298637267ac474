package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/** Calculates with numbers as Python does: division rounds down, a remainder has the divisor's sign. */
final class Arithmetic {
    private record Operation(LongBinaryOperator integers, DoubleBinaryOperator reals, String node) {}

    private static final Map<String, Operation> OPERATIONS = Map.of(
            "add", new Operation((a, b) -> a + b, (a, b) -> a + b, "Add"),
            "sub", new Operation((a, b) -> a - b, (a, b) -> a - b, "Sub"),
            "mul", new Operation((a, b) -> a * b, (a, b) -> a * b, "Mul"),
            "min", new Operation(Math::min, Math::min, "Min"),
            "max", new Operation(Math::max, Math::max, "Max"),
            "floordiv", new Operation(Math::floorDiv, (a, b) -> Math.floor(a / b), ""),
            "remainder", new Operation(Math::floorMod, (a, b) -> a - Math.floor(a / b) * b, ""));

    private final Numbers numbers;
    private final AtenGraph graph;

    Arithmetic(Numbers numbers, AtenGraph graph) {
        this.numbers = numbers;
        this.graph = graph;
    }

    static boolean has(String operation) {
        return OPERATIONS.containsKey(operation) || operation.equals("div") || operation.equals("pow");
    }

    /** The operation is add, sub, mul, min, max, floordiv, remainder, div or pow; the last two give real numbers. */
    Argument calculate(String name, Argument left, Argument right) {
        if (name.equals("div") || name.equals("pow")) {
            return real(name, left, right);
        }
        Operation operation = OPERATIONS.get(name);
        if (operation == null) {
            throw new IllegalArgumentException(name);
        }
        if (isKnown(left) && isKnown(right)) {
            if (left instanceof Argument.OfReal || right instanceof Argument.OfReal) {
                return Argument.of(operation.reals().applyAsDouble(real(left), real(right)));
            }
            if (operation.node().isEmpty() && integer(right) == 0) {
                throw new ModelRaisesException("a division by 0");
            }
            return Argument.of(operation.integers().applyAsLong(integer(left), integer(right)));
        }
        if (!Numbers.isInteger(left) || !Numbers.isInteger(right)) {
            return ofReals(name, numbers.realValue(left), numbers.realValue(right));
        }
        return switch (name) {
            case "floordiv" -> floorDivide(left, right);
            case "remainder" -> remainder(left, right);
            default -> graph.integerArgument(graph.node(operation.node(), graph.integer(left), graph.integer(right)));
        };
    }

    private static boolean isKnown(Argument argument) {
        return argument instanceof Argument.OfInteger
                || argument instanceof Argument.OfReal
                || argument instanceof Argument.OfBoolean;
    }

    private static long integer(Argument argument) {
        return switch (argument) {
            case Argument.OfInteger(long value) -> value;
            case Argument.OfBoolean(boolean value) -> value ? 1 : 0;
            default -> throw new ModelFormatException("expected an integer, got " + argument.kind());
        };
    }

    private static double real(Argument argument) {
        return argument instanceof Argument.OfReal(double value) ? value : integer(argument);
    }

    private Argument real(String name, Argument left, Argument right) {
        if (isKnown(left) && isKnown(right)) {
            double a = real(left);
            double b = real(right);
            if (name.equals("div") && b == 0) {
                throw new ModelRaisesException("a division by 0");
            }
            return Argument.of(name.equals("div") ? a / b : Math.pow(a, b));
        }
        return ofReals(name, numbers.realValue(left), numbers.realValue(right));
    }

    private Argument ofReals(String name, Value left, Value right) {
        Value result = switch (name) {
            case "div" -> graph.node("Div", left, right);
            case "pow" -> graph.node("Pow", left, right);
            case "floordiv" -> graph.node("Floor", graph.node("Div", left, right));
            case "remainder" -> {
                Value quotient = graph.node("Floor", graph.node("Div", left, right));
                yield graph.node("Sub", left, graph.node("Mul", quotient, right));
            }
            default -> graph.node(operation(name).node(), left, right);
        };
        return new Argument.OfSymbolicScalar(result);
    }

    private static Operation operation(String name) {
        return Optional.ofNullable(OPERATIONS.get(name)).orElseThrow();
    }

    /** The node Div rounds towards 0, which is the same where nothing is negative. */
    private Argument floorDivide(Argument left, Argument right) {
        Optional<Dim> dividend = numbers.formula(left);
        Optional<Dim> divisor = numbers.formula(right);
        Value a = graph.integer(left);
        Value b = graph.integer(right);
        boolean plain = dividend.isPresent()
                && divisor.isPresent()
                && Numbers.isNeverNegative(dividend.get())
                && Numbers.isNeverNegative(divisor.get());
        return graph.integerArgument(graph.node("Div", plain ? a : graph.node("Sub", a, graph.node("Mod", a, b)), b));
    }

    private Argument remainder(Argument left, Argument right) {
        Optional<Dim> dividend = numbers.formula(left);
        Optional<Dim> divisor = numbers.formula(right);
        if (dividend.isPresent()
                && divisor.isPresent()
                && dividend.get().modulo(divisor.get()).is(0)) {
            return Argument.of(0L);
        }
        return graph.integerArgument(graph.node("Mod", graph.integer(left), graph.integer(right)));
    }
}
