package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.models.operators.OperatorSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A graph that ATen operators are written to: it knows sizes as arguments, and which values are quantised tensors. */
public final class AtenGraph extends GraphBuilder {
    private final Map<Value, QuantizedSteps> quantized;

    /**
     * A builder of a model's graph.
     *
     * @param memory where constants are put; outlives the graph
     */
    public AtenGraph(OperatorSet operators, ImportMemory memory) {
        super(operators, memory);
        quantized = new HashMap<>();
    }

    private AtenGraph(AtenGraph outer) {
        super(outer);
        quantized = outer.quantized;
    }

    @Override
    public AtenGraph nested() {
        return new AtenGraph(this);
    }

    /** Notes that a value is a quantised tensor: its numbers have these steps. */
    void quantized(Value value, QuantizedSteps steps) {
        quantized.put(value, steps);
    }

    /** The steps of a value that is a quantised tensor; empty where it is not. */
    public Optional<QuantizedSteps> quantization(Value value) {
        return Optional.ofNullable(quantized.get(value));
    }

    /** One dim as an integer argument: a number where it is known. */
    public Argument size(Value value, int axis) {
        int rank = rank(value);
        int at = axis < 0 ? axis + rank : axis;
        if (at < 0 || at >= rank) {
            throw new ModelFormatException("axis " + axis + " of a tensor of rank " + rank);
        }
        Dim dim = type(value).dim(at);
        return dim.isKnown()
                ? Argument.of(dim.value())
                : new Argument.OfSymbolicInteger(node(
                        "Shape",
                        new Attributes(Map.of("start", new Attribute.Int(at), "end", new Attribute.Int(at + 1L))),
                        value));
    }

    /** An integer argument as INT64 of shape [1]. */
    public Value integer(Argument argument) {
        return switch (argument) {
            case Argument.OfInteger(long value) -> integers(value);
            case Argument.OfSymbolicInteger(Value value) -> value;
            case Argument.OfBoolean(boolean value) -> integers(value ? 1 : 0);
            default -> throw new ModelFormatException("expected an integer, got " + argument.kind());
        };
    }

    /** An INT64 value of shape [1] or [] as an argument: a number where it is known. */
    public Argument integerArgument(Value value) {
        Optional<List<Dim>> content = content(value)
                .filter(dims -> dims.size() == 1 && dims.getFirst().isKnown());
        if (content.isPresent()) {
            return Argument.of(content.get().getFirst().value());
        }
        return new Argument.OfSymbolicInteger(rank(value) == 1 ? value : node("Reshape", value, integers(1)));
    }

    /** A list of integers, known or not, as INT64 of shape [n]. */
    public Value integers(List<Argument> items) {
        if (items.stream().allMatch(Argument.OfInteger.class::isInstance)) {
            return integers(items.stream()
                    .mapToLong(item -> ((Argument.OfInteger) item).value())
                    .toArray());
        }
        List<Value> parts = items.stream().map(this::integer).toList();
        return parts.size() == 1
                ? parts.getFirst()
                : node("Concat", OnnxAttributes.integer("axis", 0), parts.toArray(Value[]::new));
    }
}
