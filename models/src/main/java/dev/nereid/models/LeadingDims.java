package dev.nereid.models;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether the first dim of a model's outputs can be the number of items in a batch: it is when the inputs' first dim is. Where it
 * is another number for every batch that is tried, what the inputs begin with is no batch but, for instance, time.
 */
final class LeadingDims {
    /** Sizes of a batch. Broadcasting makes 1 whatever stands beside it. */
    private static final long[] BATCHES = {2, 5, 8, 64};

    /** What other dims of the inputs are tried as. */
    private static final long[] OTHERS = {1, 3, 24};

    private final Set<String> batch = new HashSet<>();
    private final Set<String> all = new HashSet<>();

    /** @param inputs what the model reads */
    LeadingDims(List<TensorType> inputs) {
        for (TensorType input : inputs) {
            List<Dim> dims = input.dims().orElse(List.of());
            dims.forEach(dim -> all.addAll(dim.symbols()));
            if (!dims.isEmpty()) {
                batch.addAll(dims.getFirst().symbols());
            }
        }
    }

    /** The first dim of an output, as its nodes make it, if that is no batch; empty where it is one, or nobody can tell. */
    Optional<Dim> otherThanBatch(TensorType output) {
        Optional<Dim> first = output.dims().filter(dims -> !dims.isEmpty()).map(List::getFirst);
        return first.filter(dim -> all.containsAll(dim.symbols()) && isNeverBatch(dim));
    }

    private boolean isNeverBatch(Dim dim) {
        for (long size : BATCHES) {
            for (long other : OTHERS) {
                if (dim.evaluate(symbol -> batch.contains(symbol) ? size : other) == size) {
                    return false;
                }
            }
        }
        return true;
    }
}
