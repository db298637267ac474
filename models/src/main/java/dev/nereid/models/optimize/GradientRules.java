package dev.nereid.models.optimize;

import dev.nereid.models.graph.Value;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** How gradients pass the operators that can be differentiated: from the gradient of the output to that of an input. */
final class GradientRules {
    /** Emits nodes. */
    @FunctionalInterface
    interface Emitter {
        /** The output of a new node of the default domain. */
        Value emit(String operator, Value... inputs);
    }

    /** The rule of one operator. */
    @FunctionalInterface
    interface Rule {
        /**
         * The gradient of one input, broadcast as the output is.
         *
         * @param inputs of the node
         * @param output of the node
         * @param gradient of the output
         * @param input whose gradient is asked for
         */
        Value gradient(Emitter emitter, List<Value> inputs, Value output, Value gradient, int input);
    }

    private static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("Identity", (to, in, y, g, i) -> g),
            Map.entry("Add", (to, in, y, g, i) -> g),
            Map.entry("Sum", (to, in, y, g, i) -> g),
            Map.entry("Sub", (to, in, y, g, i) -> i == 0 ? g : to.emit("Neg", g)),
            Map.entry("Mul", (to, in, y, g, i) -> to.emit("Mul", g, in.get(1 - i))),
            Map.entry(
                    "Div",
                    (to, in, y, g, i) -> i == 0
                            ? to.emit("Div", g, in.get(1))
                            : to.emit("Neg", to.emit("Div", to.emit("Mul", g, y), in.get(1)))),
            Map.entry("Neg", (to, in, y, g, i) -> to.emit("Neg", g)),
            Map.entry("Abs", (to, in, y, g, i) -> to.emit("Mul", g, to.emit("Sign", in.getFirst()))),
            Map.entry("Exp", (to, in, y, g, i) -> to.emit("Mul", g, y)),
            Map.entry("Log", (to, in, y, g, i) -> to.emit("Div", g, in.getFirst())),
            Map.entry("Sqrt", (to, in, y, g, i) -> to.emit("Div", g, to.emit("Add", y, y))),
            Map.entry("Sin", (to, in, y, g, i) -> to.emit("Mul", g, to.emit("Cos", in.getFirst()))),
            Map.entry("Cos", (to, in, y, g, i) -> to.emit("Neg", to.emit("Mul", g, to.emit("Sin", in.getFirst())))),
            Map.entry("Sigmoid", (to, in, y, g, i) -> to.emit("Mul", g, to.emit("Sub", y, to.emit("Mul", y, y)))),
            Map.entry("Tanh", (to, in, y, g, i) -> to.emit("Sub", g, to.emit("Mul", g, to.emit("Mul", y, y)))),
            Map.entry("Relu", (to, in, y, g, i) -> to.emit("Mul", g, to.emit("Sign", y))));

    private GradientRules() {}

    /** The rule of an operator of the default domain. */
    static Optional<Rule> of(String operator) {
        return Optional.ofNullable(RULES.get(operator));
    }

    /** The operators that have a rule, for messages. */
    static String known() {
        return String.join(", ", new TreeSet<>(RULES.keySet()));
    }
}
