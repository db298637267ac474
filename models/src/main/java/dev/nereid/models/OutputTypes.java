package dev.nereid.models;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is known of a file's outputs: what it declares and, where that leaves a dim open, what follows from the nodes, as ONNX
 * Runtime tells Triton. The first dim stays as it is declared: it may be a batch that only the caller knows of.
 */
final class OutputTypes {
    private final Graph graph;
    private final Optional<GraphTypes> inferred;

    OutputTypes(ImportedModel imported, OperatorSet operators) {
        this.graph = imported.graph();
        boolean infers = mayBatch() || graph.outputs().stream().anyMatch(this::isOpen);
        this.inferred = infers ? infer(imported, operators) : Optional.empty();
    }

    /** Whether the file leaves something of an output open that its nodes may tell. */
    private boolean isOpen(Value output) {
        return graph.types().get(output) instanceof TensorType declared
                && (!declared.hasRank()
                        || declared.dims().orElseThrow().stream().skip(1).anyMatch(dim -> !dim.isKnown()));
    }

    /** Whether the first dim of every input and output is declared to have any size. */
    private boolean mayBatch() {
        return Stream.concat(graph.inputs().stream(), graph.outputs().stream())
                .allMatch(value -> graph.types().get(value) instanceof TensorType declared
                        && declared.hasRank()
                        && declared.rank() > 0
                        && !declared.dim(0).isKnown());
    }

    /** Outputs by name whose first dim is no batch although it is declared as one might be, and what it is. */
    Map<String, String> unbatched() {
        Map<String, String> unbatched = new LinkedHashMap<>();
        if (inferred.isEmpty() || !mayBatch()) {
            return unbatched;
        }
        LeadingDims leading = new LeadingDims(graph.inputs().stream()
                .map(input -> (TensorType) inferred.get().valueType(input))
                .toList());
        for (Value output : graph.outputs()) {
            if (inferred(output) instanceof TensorType tensor) {
                leading.otherThanBatch(tensor).ifPresent(dim -> unbatched.put(output.name(), dim.toString()));
            }
        }
        return unbatched;
    }

    /** Empty where the nodes do not suit each other, or one is unknown: loading the model will say so better. */
    private static Optional<GraphTypes> infer(ImportedModel imported, OperatorSet operators) {
        try {
            // What a run may bring is no constant here.
            Graph open = imported.graph(imported.overridable().stream()
                    .map(each -> each.value().name())
                    .collect(Collectors.toSet()));
            return Optional.of(GraphTypes.infer(open, operators));
        } catch (ModelFormatException e) {
            return Optional.empty();
        }
    }

    /** The type of an output; empty where the file declares none. */
    Optional<ValueType> of(Value output) {
        ValueType declared = graph.types().get(output);
        if (declared instanceof TensorType tensor
                && inferred.isPresent()
                && inferred(output) instanceof TensorType other) {
            return Optional.of(merge(tensor, other));
        }
        return Optional.ofNullable(declared);
    }

    private ValueType inferred(Value output) {
        return inferred.orElseThrow().valueType(output);
    }

    private static TensorType merge(TensorType declared, TensorType inferred) {
        if (!inferred.hasRank() || (declared.hasRank() && declared.rank() != inferred.rank())) {
            return declared;
        }
        if (!declared.hasRank()) {
            return inferred.withDataType(declared.dataType());
        }
        List<Dim> dims = new ArrayList<>(declared.dims().orElseThrow());
        for (int axis = 1; axis < dims.size(); axis++) {
            if (!dims.get(axis).isKnown() && inferred.dim(axis).isKnown()) {
                dims.set(axis, inferred.dim(axis));
            }
        }
        return TensorType.of(declared.dataType(), dims);
    }
}
