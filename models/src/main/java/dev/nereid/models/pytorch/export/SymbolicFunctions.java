package dev.nereid.models.pytorch.export;

import static dev.nereid.models.pytorch.export.SymbolicNumbers.isReal;
import static dev.nereid.models.pytorch.export.SymbolicNumbers.known;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.tensor.DataType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * Python's functions of numbers that only a run knows, such as {@code _operator.floordiv} of two sizes. What is known when
 * the model is loaded is computed then.
 */
final class SymbolicFunctions {
    /** A function of all arguments of a call. */
    private interface Form {
        Argument apply(AtenGraph graph, List<Argument> arguments);
    }

    private record Row(int arguments, Form form) {}

    private static final Map<String, Row> ROWS = new HashMap<>();

    static {
        arithmetic("add", "Add", Double::sum, Math::addExact);
        arithmetic("sub", "Sub", (a, b) -> a - b, Math::subtractExact);
        arithmetic("mul", "Mul", (a, b) -> a * b, Math::multiplyExact);
        ROWS.put("_operator.floordiv", new Row(2, (graph, of) -> floorDivide(graph, of.get(0), of.get(1))));
        ROWS.put("_operator.mod", new Row(2, (graph, of) -> modulo(graph, of.get(0), of.get(1))));
        ROWS.put("_operator.truediv", new Row(2, (graph, of) -> divide(graph, of.get(0), of.get(1))));
        ROWS.put("_operator.pow", new Row(2, (graph, of) -> power(graph, of.get(0), of.get(1))));
        ROWS.put("_operator.neg", new Row(1, (graph, of) -> subtract(graph, Argument.of(0), of.getFirst())));
        ROWS.put("_operator.pos", new Row(1, (_, of) -> of.getFirst()));
        ROWS.put("_operator.getitem", new Row(2, (_, of) -> item(of.get(0), of.get(1))));
        comparison("eq", "Equal", order -> order == 0);
        comparison("ne", "", order -> order != 0);
        comparison("lt", "Less", order -> order < 0);
        comparison("le", "LessOrEqual", order -> order <= 0);
        comparison("gt", "Greater", order -> order > 0);
        comparison("ge", "GreaterOrEqual", order -> order >= 0);
        logical("and_", "And", (a, b) -> a && b);
        logical("or_", "Or", (a, b) -> a || b);
        ROWS.put("torch.sym_not", new Row(1, (graph, of) -> not(graph, of.getFirst())));
        ROWS.put("_operator.not_", new Row(1, (graph, of) -> not(graph, of.getFirst())));
        extreme("torch.sym_max", "Max", Math::max, Math::max);
        extreme("torch.sym_min", "Min", Math::min, Math::min);
        ROWS.put("torch.sym_float", new Row(1, (graph, of) -> SymbolicNumbers.toReal(graph, of.getFirst())));
        ROWS.put("torch.sym_int", new Row(1, (graph, of) -> rounded(graph, of.getFirst(), "")));
        ROWS.put("math.trunc", new Row(1, (graph, of) -> rounded(graph, of.getFirst(), "")));
        ROWS.put("math.floor", new Row(1, (graph, of) -> rounded(graph, of.getFirst(), "Floor")));
        ROWS.put("math.ceil", new Row(1, (graph, of) -> rounded(graph, of.getFirst(), "Ceil")));
        ROWS.put("builtins.round", new Row(1, (graph, of) -> rounded(graph, of.getFirst(), "Round")));
        ROWS.put("torch._sym_sqrt", new Row(1, (graph, of) -> squareRoot(graph, of.getFirst())));
        ROWS.put("torch.sym_sqrt", new Row(1, (graph, of) -> squareRoot(graph, of.getFirst())));
        ROWS.put("torch.sym_ite", new Row(3, (graph, of) -> choose(graph, of.get(0), of.get(1), of.get(2))));
        ROWS.put("torch.ops.aten.sym_size.int", new Row(2, (graph, of) -> size(graph, of.get(0), of.get(1))));
        ROWS.put("torch.ops.aten.sym_numel.default", new Row(1, (graph, of) -> elements(graph, of.getFirst())));
    }

    private SymbolicFunctions() {}

    static boolean has(String target) {
        return ROWS.containsKey(target);
    }

    /**
     * Calls a function.
     *
     * @throws ModelFormatException if the arguments do not suit it
     */
    static Argument call(AtenGraph graph, String target, List<Argument> arguments) {
        Row row = Optional.ofNullable(ROWS.get(target)).orElseThrow();
        if (arguments.size() != row.arguments()) {
            throw new ModelFormatException("expected " + row.arguments() + " arguments, got " + arguments.size());
        }
        try {
            return row.form().apply(graph, arguments);
        } catch (ArithmeticException e) {
            throw new ModelFormatException("it cannot be computed: " + e.getMessage(), e);
        }
    }

    private static void arithmetic(
            String name, String operator, BinaryOperator<Double> reals, BinaryOperator<Long> integers) {
        ROWS.put("_operator." + name, new Row(2, (graph, of) -> binary(graph, operator, reals, integers, of)));
    }

    private static void extreme(
            String name, String operator, BinaryOperator<Double> reals, BinaryOperator<Long> integers) {
        ROWS.put(name, new Row(2, (graph, of) -> binary(graph, operator, reals, integers, of)));
    }

    private static Argument binary(
            AtenGraph graph,
            String operator,
            BinaryOperator<Double> reals,
            BinaryOperator<Long> integers,
            List<Argument> of) {
        Argument left = of.get(0);
        Argument right = of.get(1);
        if (isReal(left) || isReal(right)) {
            return known(left).isPresent() && known(right).isPresent()
                    ? Argument.of(reals.apply(known(left).get(), known(right).get()))
                    : SymbolicNumbers.real(graph.node(
                            operator, SymbolicNumbers.real(graph, left), SymbolicNumbers.real(graph, right)));
        }
        if (left instanceof Argument.OfInteger(long a) && right instanceof Argument.OfInteger(long b)) {
            return Argument.of(integers.apply(a, b).longValue());
        }
        return graph.integerArgument(graph.node(operator, graph.integer(left), graph.integer(right)));
    }

    private static Argument subtract(AtenGraph graph, Argument left, Argument right) {
        return call(graph, "_operator.sub", List.of(left, right));
    }

    private static Argument floorDivide(AtenGraph graph, Argument left, Argument right) {
        if (isReal(left) || isReal(right)) {
            Value quotient = SymbolicNumbers.real(graph, divide(graph, left, right));
            return SymbolicNumbers.real(graph.node("Floor", quotient));
        }
        if (left instanceof Argument.OfInteger(long a) && right instanceof Argument.OfInteger(long b)) {
            return Argument.of(Math.floorDiv(a, b));
        }
        Value dividend = graph.integer(left);
        Value divisor = graph.integer(right);
        if (dividesAsFloor(graph, dividend, right)) {
            return graph.integerArgument(graph.node("Div", dividend, divisor));
        }
        // ONNX divides integers towards 0; Mod has the divisor's sign.
        Value whole = graph.node("Sub", dividend, graph.node("Mod", dividend, divisor));
        return graph.integerArgument(graph.node("Div", whole, divisor));
    }

    /** Whether it does not matter which way a quotient is rounded: a size divided by a positive number. */
    private static boolean dividesAsFloor(AtenGraph graph, Value dividend, Argument divisor) {
        if (!(divisor instanceof Argument.OfInteger(long by)) || by <= 0) {
            return false;
        }
        Optional<List<Dim>> content = graph.content(dividend);
        return content.isPresent()
                && content.get().size() == 1
                && content.get()
                        .getFirst()
                        .truncatingDivide(Dim.of(by))
                        .equals(content.get().getFirst().floorDivide(Dim.of(by)));
    }

    private static Argument modulo(AtenGraph graph, Argument left, Argument right) {
        if (isReal(left) || isReal(right)) {
            throw new ModelFormatException(
                    "the rest of a floating-point number that only a run knows cannot be computed");
        }
        return left instanceof Argument.OfInteger(long a) && right instanceof Argument.OfInteger(long b)
                ? Argument.of(Math.floorMod(a, b))
                : graph.integerArgument(graph.node("Mod", graph.integer(left), graph.integer(right)));
    }

    private static Argument divide(AtenGraph graph, Argument left, Argument right) {
        return known(left).isPresent() && known(right).isPresent()
                ? Argument.of(known(left).get() / known(right).get())
                : SymbolicNumbers.real(
                        graph.node("Div", SymbolicNumbers.real(graph, left), SymbolicNumbers.real(graph, right)));
    }

    private static Argument power(AtenGraph graph, Argument left, Argument right) {
        if (!isReal(left) && right instanceof Argument.OfInteger(long exponent) && exponent >= 0 && exponent <= 8) {
            Argument power = Argument.of(1);
            for (long i = 0; i < exponent; i++) {
                power = call(graph, "_operator.mul", List.of(power, left));
            }
            return power;
        }
        return known(left).isPresent() && known(right).isPresent()
                ? Argument.of(Math.pow(known(left).get(), known(right).get()))
                : SymbolicNumbers.real(
                        graph.node("Pow", SymbolicNumbers.real(graph, left), SymbolicNumbers.real(graph, right)));
    }

    private static Argument squareRoot(AtenGraph graph, Argument of) {
        return known(of).isPresent()
                ? Argument.of(Math.sqrt(known(of).get()))
                : SymbolicNumbers.real(graph.node("Sqrt", SymbolicNumbers.real(graph, of)));
    }

    private interface Order {
        boolean holds(int order);
    }

    private static void comparison(String name, String operator, Order order) {
        ROWS.put("_operator." + name, new Row(2, (graph, of) -> {
            Argument left = of.get(0);
            Argument right = of.get(1);
            if (known(left).isPresent() && known(right).isPresent()) {
                return Argument.of(
                        order.holds(known(left).get().compareTo(known(right).get())));
            }
            return operator.isEmpty()
                    ? not(graph, call(graph, "_operator.eq", of))
                    : SymbolicNumbers.truth(SymbolicNumbers.compare(graph, operator, left, right));
        }));
    }

    private static void logical(String name, String operator, BinaryOperator<Boolean> known) {
        ROWS.put("_operator." + name, new Row(2, (graph, of) -> {
            if (of.get(0) instanceof Argument.OfBoolean(boolean a)
                    && of.get(1) instanceof Argument.OfBoolean(boolean b)) {
                return Argument.of(known.apply(a, b).booleanValue());
            }
            return SymbolicNumbers.truth(graph.node(
                    operator, SymbolicNumbers.truth(graph, of.get(0)), SymbolicNumbers.truth(graph, of.get(1))));
        }));
    }

    private static Argument not(AtenGraph graph, Argument of) {
        return of instanceof Argument.OfBoolean(boolean value)
                ? Argument.of(!value)
                : SymbolicNumbers.truth(graph.node("Not", SymbolicNumbers.truth(graph, of)));
    }

    private static Argument rounded(AtenGraph graph, Argument of, String operator) {
        if (!isReal(of)) {
            return of;
        }
        if (of instanceof Argument.OfReal(double value)) {
            double whole = switch (operator) {
                case "Floor" -> Math.floor(value);
                case "Ceil" -> Math.ceil(value);
                case "Round" -> Math.rint(value);
                default -> value;
            };
            return Argument.of((long) whole);
        }
        Value real = SymbolicNumbers.real(graph, of);
        Value whole = operator.isEmpty() ? real : graph.node(operator, real);
        return graph.integerArgument(graph.cast(whole, DataType.INT64));
    }

    private static Argument choose(AtenGraph graph, Argument condition, Argument yes, Argument no) {
        if (condition instanceof Argument.OfBoolean(boolean known)) {
            return known ? yes : no;
        }
        Value test = SymbolicNumbers.truth(graph, condition);
        if (isReal(yes) || isReal(no)) {
            return SymbolicNumbers.real(
                    graph.node("Where", test, SymbolicNumbers.real(graph, yes), SymbolicNumbers.real(graph, no)));
        }
        return graph.integerArgument(graph.node("Where", test, graph.integer(yes), graph.integer(no)));
    }

    private static Argument size(AtenGraph graph, Argument tensor, Argument axis) {
        if (tensor instanceof Argument.OfTensor of && axis instanceof Argument.OfInteger(long number)) {
            return graph.size(of.reference().value(), Math.toIntExact(number));
        }
        throw new ModelFormatException("expected a tensor and an axis, got " + tensor.kind() + " and " + axis.kind());
    }

    private static Argument elements(AtenGraph graph, Argument tensor) {
        if (tensor instanceof Argument.OfTensor of) {
            return graph.integerArgument(graph.node("Size", of.reference().value()));
        }
        throw new ModelFormatException("expected a tensor, got " + tensor.kind());
    }

    private static Argument item(Argument list, Argument index) {
        if (list instanceof Argument.OfList(List<Argument> items)
                && index instanceof Argument.OfInteger(long place)
                && place >= -items.size()
                && place < items.size()) {
            return items.get((int) (place < 0 ? place + items.size() : place));
        }
        throw new ModelFormatException("expected a place in a list, got " + index.kind() + " of " + list.kind());
    }
}
