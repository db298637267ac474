package dev.nereid.models.pytorch.export;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.export.ExportedArgument.Nested;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Operators that take graphs: branches become If, loops Loop and Scan, and what only sets a mode is written in place. */
final class HigherOrderOperators {
    private interface Form {
        List<Argument> call(ProgramScope scope, List<ExportedArgument> arguments);
    }

    private static final Map<String, Form> FORMS = Map.of(
            "cond", HigherOrderOperators::condition,
            "while_loop", WhileLoop::call,
            "map_impl", ScanLoop::map,
            "scan", ScanLoop::scan,
            "wrap_with_set_grad_enabled", (scope, of) -> inlined(scope, of, 1),
            "wrap_with_autocast", HigherOrderOperators::autocast,
            "tag_activation_checkpoint", (scope, of) -> inlined(scope, of, 0),
            "invoke_subgraph", HigherOrderOperators::invoked,
            "strict_mode", HigherOrderOperators::listed,
            "hints_wrapper", HigherOrderOperators::listed);

    private HigherOrderOperators() {}

    /**
     * Calls an operator.
     *
     * @param name behind {@code torch.ops.higher_order.}
     */
    static List<Argument> call(ProgramScope scope, String name, List<ExportedArgument> arguments) {
        return Optional.ofNullable(FORMS.get(name))
                .orElseThrow(() -> new ModelFormatException("the operator is not known; see docs/pytorch.md"))
                .call(scope, arguments);
    }

    /** cond(condition, graph, graph, operands). */
    private static List<Argument> condition(ProgramScope scope, List<ExportedArgument> of) {
        requireSize(of, 4);
        Argument condition = scope.argument(of.get(0));
        List<Argument> operands = items(scope, of.get(3));
        if (condition instanceof Argument.OfBoolean(boolean known)) {
            return scope.inline(nested(of.get(known ? 1 : 2)), operands);
        }
        AtenGraph graph = scope.builder();
        Value test = SymbolicNumbers.truth(graph, condition);
        Branch yes = Branch.of(graph, nested(of.get(1)), operands);
        Branch no = Branch.of(graph, nested(of.get(2)), operands);
        if (yes.kinds().size() != no.kinds().size()) {
            throw new ModelFormatException("its branches make " + yes.kinds().size() + " and "
                    + no.kinds().size() + " values");
        }
        List<Value> made = graph.nodes(
                "",
                "If",
                yes.kinds().size(),
                new Attributes(Map.of("then_branch", yes.graph(), "else_branch", no.graph())),
                List.of(Optional.of(test)));
        List<Argument> results = new ArrayList<>();
        for (int i = 0; i < made.size(); i++) {
            results.add(GraphArguments.as(graph, yes.kinds().get(i), made.get(i)));
        }
        return results;
    }

    /** A branch, and what kinds of arguments it makes. */
    private record Branch(Attribute graph, List<Argument> kinds) {
        static Branch of(AtenGraph around, Nested nested, List<Argument> operands) {
            AtenGraph graph = around.nested();
            List<Argument> results = ProgramScope.run(nested, operands, graph);
            return new Branch(graph.subgraph(GraphArguments.copies(graph, results)), results);
        }
    }

    private static List<Argument> autocast(ProgramScope scope, List<ExportedArgument> of) {
        requireSize(of, 5);
        if (!(scope.argument(of.get(2)) instanceof Argument.OfBoolean(boolean enabled)) || enabled) {
            throw new ModelFormatException(
                    "it lets PyTorch choose datatypes at run time: export the model without torch.autocast");
        }
        return inlined(scope, of, 4);
    }

    /** (modes, graph, operands...). */
    private static List<Argument> inlined(ProgramScope scope, List<ExportedArgument> of, int modes) {
        requireSize(of, modes + 1);
        return scope.inline(nested(of.get(modes)), scope.arguments(of.subList(modes + 1, of.size())));
    }

    /** invoke_subgraph(graph, name, operands...), or with the operands as a list. */
    private static List<Argument> invoked(ProgramScope scope, List<ExportedArgument> of) {
        requireSize(of, 2);
        List<Argument> operands = of.size() == 3 && of.get(2) instanceof ExportedArgument.Several
                ? items(scope, of.get(2))
                : scope.arguments(of.subList(2, of.size()));
        return scope.inline(nested(of.getFirst()), operands);
    }

    /** (graph, operands, ...). */
    private static List<Argument> listed(ProgramScope scope, List<ExportedArgument> of) {
        requireSize(of, 2);
        return scope.inline(nested(of.getFirst()), items(scope, of.get(1)));
    }

    static void requireSize(List<ExportedArgument> arguments, int least) {
        if (arguments.size() < least) {
            throw new ModelFormatException("expected " + least + " arguments, got " + arguments.size());
        }
    }

    static Nested nested(ExportedArgument argument) {
        if (argument instanceof Nested nested) {
            return nested;
        }
        throw new ModelFormatException("expected a graph among its arguments");
    }

    /** The arguments that a list stands for. */
    static List<Argument> items(ProgramScope scope, ExportedArgument argument) {
        return scope.argument(argument) instanceof Argument.OfList(List<Argument> items)
                ? items
                : List.of(scope.argument(argument));
    }
}
