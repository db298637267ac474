package dev.nereid.models.pytorch.export;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.aten.AtenGraph;
import dev.nereid.models.pytorch.aten.AtenTable;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes the nodes of one graph of an exported program with a builder, and knows what its names stand for. A graph in a
 * graph has a scope of its own: what it reads of the graph around it are its inputs.
 */
final class ProgramScope {
    private static final String OPERATORS = "torch.ops.";
    private static final String HIGHER_ORDER = "torch.ops.higher_order.";

    /** Checks at run time of what exporting assumed; they make nothing. */
    private static final Set<String> CHECKS = Set.of(
            "torch.ops.aten._assert_async.default",
            "torch.ops.aten._assert_async.msg",
            "torch.ops.aten._assert_scalar.default",
            "torch.ops.aten._assert_tensor_metadata.default",
            "torch.ops.aten.sym_constrain_range.default",
            "torch.ops.aten.sym_constrain_range_for_size.default",
            "torch.ops.aten._functional_sym_constrain_range.default",
            "torch._check",
            "torch._check_is_size");

    private final AtenGraph builder;
    private final ExportedGraph graph;
    private final Map<String, Argument> names = new HashMap<>();

    ProgramScope(AtenGraph builder, ExportedGraph graph) {
        this.builder = builder;
        this.graph = graph;
    }

    AtenGraph builder() {
        return builder;
    }

    /** Says what a name stands for. */
    void define(String name, Argument value) {
        if (names.putIfAbsent(name, value) != null) {
            throw new ModelFormatException("two values are called '" + name + "'");
        }
    }

    /** Writes all nodes. */
    void run() {
        for (ExportedGraph.Node node : graph.nodes()) {
            try {
                run(node);
            } catch (ModelFormatException e) {
                throw new ModelFormatException(described(node) + ": " + e.getMessage(), e);
            }
        }
    }

    /** Runs a nested graph on arguments, with the nodes in this scope's own graph. */
    List<Argument> inline(ExportedArgument.Nested nested, List<Argument> arguments) {
        return run(nested, arguments, builder);
    }

    /** Runs a nested graph on arguments. */
    static List<Argument> run(ExportedArgument.Nested nested, List<Argument> arguments, AtenGraph into) {
        ProgramScope scope = new ProgramScope(into, nested.graph());
        List<ExportedArgument> inputs = nested.graph().inputs();
        if (inputs.size() != arguments.size()) {
            throw new ModelFormatException("the graph '" + nested.name() + "' has " + inputs.size()
                    + " inputs and is given " + arguments.size());
        }
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i) instanceof ExportedArgument.Named(String name)) {
                scope.define(name, arguments.get(i));
            }
        }
        scope.run();
        return scope.arguments(nested.graph().outputs());
    }

    List<Argument> arguments(List<ExportedArgument> arguments) {
        return arguments.stream().map(this::argument).toList();
    }

    /** What an argument stands for. */
    Argument argument(ExportedArgument argument) {
        return switch (argument) {
            case ExportedArgument.Named(String name) -> named(name);
            case ExportedArgument.Literal(Argument value) -> value;
            case ExportedArgument.Several(List<ExportedArgument> items) -> new Argument.OfList(arguments(items));
            case ExportedArgument.Nested(String name, ExportedGraph _) ->
                throw new ModelFormatException("the graph '" + name + "' is no value");
            case ExportedArgument.Unusable(String kind) ->
                throw new ModelFormatException("an argument of the kind '" + kind + "' cannot be used");
        };
    }

    private Argument named(String name) {
        return Optional.ofNullable(names.get(name))
                .orElseThrow(() -> new ModelFormatException("'" + name + "' is read before it is made"));
    }

    private void run(ExportedGraph.Node node) {
        if (CHECKS.contains(node.target())) {
            return;
        }
        node.outputs().stream()
                .filter(ExportedArgument.Named.class::isInstance)
                .findFirst()
                .ifPresent(output -> builder.scope(((ExportedArgument.Named) output).name()));
        bind(node.outputs(), results(node));
    }

    private List<Argument> results(ExportedGraph.Node node) {
        String target = node.target();
        if (target.startsWith(HIGHER_ORDER)) {
            return HigherOrderOperators.call(this, target.substring(HIGHER_ORDER.length()), node.arguments());
        }
        if (SymbolicFunctions.has(target)) {
            return List.of(SymbolicFunctions.call(builder, target, arguments(node.arguments())));
        }
        if (!target.startsWith(OPERATORS)) {
            throw new ModelFormatException("the function " + target + " is not known; see docs/pytorch.md");
        }
        String[] parts = target.substring(OPERATORS.length()).split("\\.", 3);
        if (parts.length < 2) {
            throw new ModelFormatException("'" + target + "' is no operator's name");
        }
        Map<String, Argument> arguments = new LinkedHashMap<>();
        for (ExportedGraph.Parameter each : node.inputs()) {
            arguments.put(each.name(), argument(each.value()));
        }
        return AtenTable.all()
                .call(builder, parts[0] + "::" + parts[1], parts.length < 3 ? "" : parts[2], List.of(), arguments);
    }

    /** Gives names to what a node made. Both sides may have several values as one list. */
    private void bind(List<ExportedArgument> outputs, List<Argument> results) {
        boolean listed = results.size() == 1 && results.getFirst() instanceof Argument.OfList;
        if (!listed && outputs.size() == 1 && outputs.getFirst() instanceof ExportedArgument.Several(var names)) {
            bind(names, results);
            return;
        }
        List<Argument> made =
                listed && outputs.size() > 1 && results.getFirst() instanceof Argument.OfList(List<Argument> items)
                        ? items
                        : results;
        if (made.size() < outputs.size()) {
            throw new ModelFormatException("it makes " + made.size() + " values, the file names " + outputs.size());
        }
        for (int i = 0; i < outputs.size(); i++) {
            bind(outputs.get(i), made.get(i));
        }
    }

    private void bind(ExportedArgument output, Argument result) {
        switch (output) {
            case ExportedArgument.Named(String name) -> {
                require(name, result);
                define(name, result);
            }
            case ExportedArgument.Several(List<ExportedArgument> items)
            when result instanceof Argument.OfList(List<Argument> made) && made.size() >= items.size() -> {
                for (int i = 0; i < items.size(); i++) {
                    bind(items.get(i), made.get(i));
                }
            }
            case ExportedArgument.Several(List<ExportedArgument> items) ->
                throw new ModelFormatException(
                        "the file names a list of " + items.size() + " outputs, it makes " + result.kind());
            default -> {}
        }
    }

    /**
     * Holds what a node became to the datatype that the file says: another one would give wrong answers. Its dims are no
     * such thing, for PyTorch itself writes wrong ones of some operators ({@code lstm}'s states).
     */
    private void require(String name, Argument result) {
        TensorType declared = graph.tensors().get(name);
        if (declared == null || !(result instanceof Argument.OfTensor tensor)) {
            return;
        }
        Value value = tensor.reference().value();
        TensorType type = builder.type(value);
        if (type.dataType() != declared.dataType()) {
            throw new ModelFormatException(
                    "'" + name + "' is " + declared.dataType() + " in the file and would be " + type.dataType());
        }
    }

    /** A node for messages: what it calls, what it makes, and the line of the model's code that it comes from. */
    private static String described(ExportedGraph.Node node) {
        String made = node.outputs().stream()
                .flatMap(output -> output instanceof ExportedArgument.Named(String name)
                        ? Optional.of(name).stream()
                        : Optional.<String>empty().stream())
                .findFirst()
                .map(name -> " '" + name + "'")
                .orElse("");
        String line = node.source()
                .map(String::stripTrailing)
                .map(text -> text.substring(text.lastIndexOf('\n') + 1).strip())
                .filter(text -> !text.isEmpty())
                .map(text -> " (" + (text.length() > 160 ? text.substring(0, 160) + "..." : text) + ")")
                .orElse("");
        return "node" + made + " of " + node.target() + line;
    }
}
