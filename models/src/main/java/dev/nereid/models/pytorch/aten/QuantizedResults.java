package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What becomes of quantised tensors in operators that are not of quantised tensors only: most give one with the same steps. */
final class QuantizedResults {
    /** They choose among the numbers that they are given. */
    private static final Set<String> CHOOSE = Set.of(
            "relu",
            "relu6",
            "hardtanh",
            "clamp",
            "clamp_min",
            "clamp_max",
            "max_pool1d",
            "max_pool2d",
            "max_pool3d",
            "adaptive_max_pool2d",
            "amax",
            "amin",
            "flatten",
            "unflatten",
            "view",
            "_unsafe_view",
            "reshape",
            "permute",
            "transpose",
            "swapaxes",
            "movedim",
            "t",
            "contiguous",
            "clone",
            "detach",
            "alias",
            "squeeze",
            "unsqueeze",
            "chunk",
            "split",
            "split_with_sizes",
            "tensor_split",
            "unbind",
            "slice",
            "select",
            "narrow",
            "index_select",
            "expand",
            "repeat",
            "flip",
            "pad",
            "constant_pad_nd",
            "reflection_pad1d",
            "reflection_pad2d",
            "replication_pad1d",
            "replication_pad2d",
            "dropout",
            "feature_dropout",
            "pixel_shuffle",
            "pixel_unshuffle",
            "channel_shuffle",
            "upsample_nearest1d",
            "upsample_nearest2d",
            "upsample_nearest3d");

    /** They compute others, which are rounded to the same steps. */
    private static final Set<String> COMPUTE = Set.of(
            "avg_pool1d",
            "avg_pool2d",
            "avg_pool3d",
            "adaptive_avg_pool1d",
            "adaptive_avg_pool2d",
            "adaptive_avg_pool3d",
            "_adaptive_avg_pool2d",
            "mean",
            "cat",
            "stack",
            "upsample_bilinear2d",
            "leaky_relu",
            "elu",
            "threshold");

    /** A scale and zero point that an operator always gives. */
    private record Steps(double scale, long zeroPoint) {}

    /** They give numbers of a range that is known. */
    private static final Map<String, Steps> BOUNDED = Map.of(
            "sigmoid", new Steps(1.0 / 256, 0),
            "hardsigmoid", new Steps(1.0 / 256, 0),
            "tanh", new Steps(2.0 / 256, 128));

    private QuantizedResults() {}

    /** What a call gives, with the steps that it has where the first tensor of its arguments is quantised. */
    static List<Argument> of(AtenCall call, List<Argument> results) {
        Schema schema = call.schema();
        if (!schema.namespace().equals("aten")) {
            return results;
        }
        Optional<QuantizedSteps> given = first(call).flatMap(call.graph()::quantization);
        if (given.isEmpty()) {
            return results;
        }
        QuantizedSteps steps = given.get();
        AtenGraph graph = call.graph();
        if (CHOOSE.contains(schema.name())) {
            results.forEach(result -> mark(graph, result, steps));
            return results;
        }
        Steps bounded = BOUNDED.get(schema.name());
        if (bounded != null && graph.dataType(steps.zeroPoint()) == DataType.UINT8) {
            return rounded(QuantizedSteps.of(graph, bounded.scale(), bounded.zeroPoint(), DataType.UINT8), results);
        }
        return COMPUTE.contains(schema.name()) ? rounded(steps, results) : results;
    }

    private static Optional<Value> first(AtenCall call) {
        return call.arguments().isEmpty()
                ? Optional.empty()
                : switch (call.arguments().getFirst()) {
                    case Argument.OfTensor(TensorReference reference) -> Optional.of(reference.value());
                    case Argument.OfList(List<Argument> items)
                    when !items.isEmpty() && items.getFirst() instanceof Argument.OfTensor(TensorReference reference) ->
                        Optional.of(reference.value());
                    default -> Optional.empty();
                };
    }

    private static void mark(AtenGraph graph, Argument result, QuantizedSteps steps) {
        switch (result) {
            case Argument.OfTensor(TensorReference reference)
            when graph.dataType(reference.value()).isFloat() -> graph.quantized(reference.value(), steps);
            case Argument.OfList(List<Argument> items) -> items.forEach(item -> mark(graph, item, steps));
            default -> {}
        }
    }

    private static List<Argument> rounded(QuantizedSteps steps, List<Argument> results) {
        List<Argument> rounded = new ArrayList<>();
        for (Argument result : results) {
            rounded.add(
                    result instanceof Argument.OfTensor(TensorReference reference)
                            ? Argument.OfTensor.of(steps.tensor(reference.value()))
                            : result);
        }
        return rounded;
    }
}
