package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/** Normalisation by running averages, and over the axes of a sample. */
final class AtenNormalizations {
    private AtenNormalizations() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        String start = "(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, ";
        rows.add(row(
                "batch_norm" + start + "bool training, float momentum, float eps, bool cudnn_enabled) -> Tensor",
                call -> batch(call, call.flag("training"))));
        rows.add(results(
                "_batch_norm_impl_index" + start
                        + "bool training, float momentum, float eps, bool cudnn_enabled) -> "
                        + "(Tensor, Tensor, Tensor, Tensor, int)",
                call -> first(call, batch(call, call.flag("training")), 3, Argument.of(0))));
        rows.add(results(
                "_native_batch_norm_legit_no_training" + start
                        + "float momentum, float eps) -> (Tensor, Tensor, Tensor)",
                call -> first(call, batch(call, false), 2)));
        rows.add(results(
                "_batch_norm_no_update" + start + "float momentum, float eps) -> (Tensor, Tensor, Tensor, Tensor)",
                call -> first(call, batch(call, false), 3)));
        rows.add(results(
                "native_batch_norm" + start + "bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
                call -> first(call, batch(call, call.flag("training")), 2)));
        rows.add(results(
                "_native_batch_norm_legit" + start
                        + "bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
                call -> first(call, batch(call, call.flag("training")), 2)));
        rows.add(results(
                "_native_batch_norm_legit.no_stats(Tensor input, Tensor? weight, Tensor? bias, bool training, "
                        + "float momentum, float eps) -> (Tensor, Tensor, Tensor)",
                call -> first(call, batch(call, true), 2)));
        rows.add(results(
                "cudnn_batch_norm" + start + "bool training, float exponential_average_factor, float epsilon) -> "
                        + "(Tensor, Tensor, Tensor, Tensor)",
                call -> first(call, batch(call, call.flag("training"), "epsilon"), 3)));
        rows.add(row(
                "instance_norm" + start
                        + "bool use_input_stats, float momentum, float eps, bool cudnn_enabled) -> Tensor",
                AtenNormalizations::instance));
        rows.add(row(
                "layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, "
                        + "float eps=1e-05, bool cudnn_enable=True) -> Tensor",
                call -> layer(call, 1).getFirst()));
        rows.add(results(
                "native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps) -> "
                        + "(Tensor, Tensor, Tensor)",
                AtenNormalizations::nativeLayer));
        rows.add(row(
                "group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, "
                        + "bool cudnn_enabled=True) -> Tensor",
                call -> groups(call, call.integer("num_groups"))));
        rows.add(results(
                "native_group_norm(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int group, "
                        + "float eps) -> (Tensor, Tensor, Tensor)",
                AtenNormalizations::nativeGroups));
        rows.add(row(
                "rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
                AtenNormalizations::rootMeanSquare));
        return rows;
    }

    private static Value batch(AtenCall call, boolean training) {
        return batch(call, training, "eps");
    }

    /** input: [batch, channels, ...]. In training the moments are those of the batch itself. */
    private static Value batch(AtenCall call, boolean training, String epsilon) {
        AtenGraph graph = call.graph();
        Value input = call.tensor("input");
        if (training) {
            Moments moments = Moments.of(graph, input, allAxesBut(graph.rank(input), 1));
            return scaled(call, moments.normalized(graph, call.real(epsilon)), graph.rank(input));
        }
        Value mean = call.tensor("running_mean");
        DataType type = graph.dataType(mean);
        Value scale = call.optionalTensor("weight").orElseGet(() -> SizedNodes.filledLike(graph, 1, mean));
        Value bias = call.optionalTensor("bias").orElseGet(() -> SizedNodes.filledLike(graph, 0, mean));
        return graph.node(
                "BatchNormalization",
                OnnxAttributes.real("epsilon", call.real(epsilon)),
                input,
                graph.cast(scale, type),
                graph.cast(bias, type),
                mean,
                call.tensor("running_var"));
    }

    /** Mean and variance over some axes, which stay with size 1. */
    private record Moments(Value input, Value mean, Value variance) {
        static Moments of(AtenGraph graph, Value input, long... axes) {
            Value mean = CommonNodes.reduce(graph, "ReduceMean", input, true, axes);
            Value difference = graph.node("Sub", input, mean);
            Value square = graph.node("Mul", difference, difference);
            return new Moments(input, mean, CommonNodes.reduce(graph, "ReduceMean", square, true, axes));
        }

        Value reciprocal(AtenGraph graph, double epsilon) {
            Value sum = graph.node("Add", variance, graph.scalar(epsilon, graph.dataType(variance)));
            return graph.node("Reciprocal", graph.node("Sqrt", sum));
        }

        Value normalized(AtenGraph graph, double epsilon) {
            return graph.node("Mul", graph.node("Sub", input, mean), reciprocal(graph, epsilon));
        }
    }

    private static long[] allAxesBut(int rank, int axis) {
        return LongStream.range(0, rank).filter(each -> each != axis).toArray();
    }

    /** The value times the weight plus the bias of each channel, as far as the call has them. */
    private static Value scaled(AtenCall call, Value normalized, int rank) {
        AtenGraph graph = call.graph();
        long[] behind = LongStream.range(1, rank - 1L).toArray();
        Value y = normalized;
        if (call.has("weight")) {
            y = graph.node("Mul", y, broadcast(graph, call.tensor("weight"), behind));
        }
        return call.has("bias") ? graph.node("Add", y, broadcast(graph, call.tensor("bias"), behind)) : y;
    }

    private static Value broadcast(AtenGraph graph, Value vector, long... axes) {
        return axes.length == 0 ? vector : CommonNodes.unsqueeze(graph, vector, axes);
    }

    /** A result, and behind it others that only training reads: empty ones. */
    private static List<Argument> first(AtenCall call, Value result, int others, Argument... last) {
        List<Argument> all = new ArrayList<>(List.of(Argument.OfTensor.of(result)));
        for (int i = 0; i < others; i++) {
            all.add(Argument.OfTensor.of(SizedNodes.filled(call.graph(), 0, DataType.FP32, List.of(Argument.of(0)))));
        }
        all.addAll(List.of(last));
        return all;
    }

    private static Value instance(AtenCall call) {
        AtenGraph graph = call.graph();
        if (!call.flag("use_input_stats")) {
            return batch(call, false);
        }
        Value input = call.tensor("input");
        return graph.node(
                "InstanceNormalization",
                OnnxAttributes.real("epsilon", call.real("eps")),
                input,
                channels(call, "weight", 1, input),
                channels(call, "bias", 0, input));
    }

    /** A number for each channel of the input. */
    private static Value channels(AtenCall call, String name, double whenAbsent, Value input) {
        AtenGraph graph = call.graph();
        return call.optionalTensor(name)
                .orElseGet(() ->
                        SizedNodes.filled(graph, whenAbsent, graph.dataType(input), List.of(graph.size(input, 1))));
    }

    private static List<Value> layer(AtenCall call, int outputs) {
        AtenGraph graph = call.graph();
        List<Argument> shape = call.sizes("normalized_shape");
        Value input = call.tensor("input");
        if (shape.isEmpty() || shape.size() > graph.rank(input)) {
            throw call.wrong("normalized_shape", "the sizes of 1 to " + graph.rank(input) + " axes");
        }
        Value scale = call.optionalTensor("weight")
                .orElseGet(() -> SizedNodes.filled(graph, 1, graph.dataType(input), shape));
        return graph.nodes(
                "",
                "LayerNormalization",
                outputs,
                new Attributes(Map.of(
                        "axis",
                        OnnxAttributes.integerValue(-shape.size()),
                        "epsilon",
                        OnnxAttributes.realValue(call.real("eps")))),
                List.of(Optional.of(input), Optional.of(scale), call.optionalTensor("bias")));
    }

    private static List<Argument> nativeLayer(AtenCall call) {
        List<Value> moments = layer(call, 3);
        return List.of(
                Argument.OfTensor.of(layer(call, 1).getFirst()),
                Argument.OfTensor.of(moments.get(1)),
                Argument.OfTensor.of(moments.get(2)));
    }

    private static Value groups(AtenCall call, long groups) {
        Value input = call.tensor("input");
        return call.graph()
                .node(
                        "GroupNormalization",
                        new Attributes(Map.of(
                                "num_groups",
                                OnnxAttributes.integerValue(groups),
                                "epsilon",
                                OnnxAttributes.realValue(call.real("eps")))),
                        input,
                        channels(call, "weight", 1, input),
                        channels(call, "bias", 0, input));
    }

    private static List<Argument> nativeGroups(AtenCall call) {
        AtenGraph graph = call.graph();
        long groups = call.integer("group");
        if (groups < 1) {
            throw new ModelFormatException("native_group_norm: expected at least one group, got " + groups);
        }
        Moments moments = Moments.of(graph, CommonNodes.reshape(graph, call.tensor("input"), 0, groups, -1), 2);
        return List.of(
                Argument.OfTensor.of(groups(call, groups)),
                Argument.OfTensor.of(CommonNodes.squeeze(graph, moments.mean(), 2)),
                Argument.OfTensor.of(CommonNodes.squeeze(graph, moments.reciprocal(graph, call.real("eps")), 2)));
    }

    private static Value rootMeanSquare(AtenCall call) {
        AtenGraph graph = call.graph();
        Value input = call.tensor("input");
        DataType type = graph.dataType(input);
        List<Argument> shape = call.sizes("normalized_shape");
        double epsilon = call.has("eps")
                ? call.real("eps")
                : switch (type) {
                    case FP64 -> Math.ulp(1.0);
                    case FP16 -> 0x1p-10;
                    case BF16 -> 0x1p-7;
                    default -> Math.ulp(1f);
                };
        Value scale = call.optionalTensor("weight").orElseGet(() -> SizedNodes.filled(graph, 1, type, shape));
        return graph.node(
                "SimplifiedLayerNormalization",
                new Attributes(Map.of(
                        "axis",
                        OnnxAttributes.integerValue(-shape.size()),
                        "epsilon",
                        OnnxAttributes.realValue(epsilon))),
                input,
                scale);
    }
}
