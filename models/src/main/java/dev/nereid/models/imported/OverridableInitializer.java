package dev.nereid.models.imported;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Objects;

/**
 * An initializer that its file lists among the graph's inputs too: the value of an input for which a run brings none. Such
 * is the meaning from version 4 of the format on (ONNX IR.md, "Optional Inputs"); before, every initializer had to be
 * listed, and is a constant.
 *
 * @param value what the graph knows it as
 * @param declared what the list of inputs says of it
 * @param tensor what it holds; memory of the model that it was imported with
 */
public record OverridableInitializer(Value value, TensorType declared, Tensor tensor) {
    public OverridableInitializer {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(declared, "declared");
        Objects.requireNonNull(tensor, "tensor");
    }

    /** What a run may bring in its place: what is declared; where that says nothing of a shape, tensors of this one's. */
    public TensorType type() {
        return declared.hasRank() ? declared : TensorType.of(declared.dataType(), tensor.shape());
    }

    /**
     * Checks that what it holds is what the list of inputs says.
     *
     * @throws ModelFormatException if it is not
     */
    void check() {
        List<Dim> dims = type().dims().orElseThrow();
        boolean fits = declared.dataType() == tensor.dataType()
                && dims.size() == tensor.shape().rank();
        for (int axis = 0; fits && axis < dims.size(); axis++) {
            fits = !dims.get(axis).isKnown()
                    || dims.get(axis).value() == tensor.shape().dim(axis);
        }
        if (!fits) {
            throw new ModelFormatException("initializer '" + value.name() + "' is declared as an input of type "
                    + declared + " and holds " + TensorType.of(tensor.dataType(), tensor.shape()));
        }
    }
}
