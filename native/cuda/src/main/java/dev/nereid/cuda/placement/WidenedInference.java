package dev.nereid.cuda.placement;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.SegmentAllocator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node whose tensors of FP16 and BF16 look as if they were FP32. Used by one thread, and no longer than its memory.
 */
final class WidenedInference implements Inference {
    private final Inference node;
    private final SegmentAllocator memory;
    private final Map<Integer, Tensor> constants = new HashMap<>();

    /** @param memory receives constants as FP32 */
    WidenedInference(Inference node, SegmentAllocator memory) {
        this.node = node;
        this.memory = memory;
    }

    @Override
    public Node node() {
        return node.node();
    }

    @Override
    public ValueType valueType(int input) {
        ValueType type = node.valueType(input);
        return type instanceof TensorType tensor && Widening.isHalf(tensor.dataType())
                ? tensor.withDataType(DataType.FP32)
                : type;
    }

    @Override
    public Optional<Tensor> constant(int input) {
        return node.constant(input)
                .map(constant -> Widening.isHalf(constant.dataType())
                        ? constants.computeIfAbsent(input, _ -> Widening.widened(constant, memory))
                        : constant);
    }

    @Override
    public Optional<List<Dim>> content(int input) {
        return node.content(input);
    }

    @Override
    public List<ValueType> bodyTypes(Graph body, List<? extends ValueType> inputs) {
        return node.bodyTypes(body, inputs);
    }

    @Override
    public Dim unknownDim() {
        return node.unknownDim();
    }
}
