package dev.nereid.server.backend.plan;

import dev.nereid.models.LoadedModel;
import dev.nereid.models.graph.Dim;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The dims of a model's inputs that its file calls by one name. Immutable. */
final class SharedDims {
    private record Place(int input, int axis) {}

    private record Pair(Place first, Place other) {}

    private final List<Pair> pairs = new ArrayList<>();

    /** @param inputs of a loaded model, in its order */
    SharedDims(List<LoadedModel.Port> inputs) {
        Map<Dim, Place> first = new HashMap<>();
        for (int input = 0; input < inputs.size(); input++) {
            List<Dim> dims = inputs.get(input).type().dims().orElse(List.of());
            for (int axis = 0; axis < dims.size(); axis++) {
                Place place = new Place(input, axis);
                Place earlier = dims.get(axis).isKnown() ? null : first.putIfAbsent(dims.get(axis), place);
                if (earlier != null) {
                    pairs.add(new Pair(earlier, place));
                }
            }
        }
    }

    /** Whether dims of one name are equal, as far as the tensors have them. */
    boolean agree(List<Tensor> tensors) {
        for (Pair pair : pairs) {
            Shape first = tensors.get(pair.first().input()).shape();
            Shape other = tensors.get(pair.other().input()).shape();
            if (pair.first().axis() < first.rank()
                    && pair.other().axis() < other.rank()
                    && first.dim(pair.first().axis()) != other.dim(pair.other().axis())) {
                return false;
            }
        }
        return true;
    }
}
