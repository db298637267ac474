package dev.nereid.models.operators.control;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.AxisPieces;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Optional;

/**
 * Stacks the tensors of a loop's iterations along a new axis (scan outputs). The memory grows with what comes: the runs that
 * a model merely announces cost nothing.
 */
final class ScanOutputStack {
    private static final long FIRST_CAPACITY = 16;

    private final long most;
    private long length;
    private Optional<Tensor> memory = Optional.empty();

    /**
     * An empty stack.
     *
     * @param most the tensors that will come at most
     */
    ScanOutputStack(long most) {
        this.most = most;
    }

    /** @throws IllegalArgumentException if the element differs from the others in datatype or shape */
    void add(StepRun run, Tensor element) {
        Tensor current = memory.orElseGet(() -> allocate(run, element, Math.min(most, FIRST_CAPACITY)));
        if (!AxisPieces.without(current.shape(), 0).equals(element.shape())) {
            throw new IllegalArgumentException("a scan output has the shape " + element.shape() + " after others of "
                    + AxisPieces.without(current.shape(), 0));
        }
        if (length == current.shape().dim(0)) {
            Tensor larger = allocate(run, element, Math.min(most, 2 * length));
            AxisPieces.copy(current, 0, 0, larger, 0, 0, length);
            current = larger;
        }
        AxisPieces.place(element, current, 0, length++);
        memory = Optional.of(current);
    }

    /**
     * All elements: [length, element].
     *
     * @param elementType what is known of an element if there are none
     */
    Tensor whole(StepRun run, ValueType elementType) {
        if (memory.isEmpty()) {
            TensorType type = elementType.asTensor("a scan output");
            return run.allocate(type.dataType(), AxisPieces.with(least(type), 0, 0));
        }
        Tensor all = memory.get();
        return all.withShape(all.shape().withDim(0, length));
    }

    /** The shape if no tensor came: 0 for unknown dims. */
    static Shape least(TensorType type) {
        return Shape.of(type.dims().stream()
                .flatMap(java.util.List::stream)
                .mapToLong(dim -> dim.isKnown() ? dim.value() : 0)
                .toArray());
    }

    private static Tensor allocate(StepRun run, Tensor element, long capacity) {
        return run.allocate(element.dataType(), AxisPieces.with(element.shape(), 0, capacity));
    }
}
