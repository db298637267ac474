package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Floats to steps and back. A quantised tensor of PyTorch is its floats here, which come out of a DequantizeLinear: any
 * operator takes it, and the optimiser makes integers of what lies between such nodes. Those of {@code
 * quantized_decomposed} give and take the integers themselves.
 */
final class AtenQuantization {
    private AtenQuantization() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.add(row(
                "quantize_per_tensor(Tensor self, float scale, int zero_point, ScalarType dtype) -> Tensor",
                call -> one(call, call.dataType("dtype").orElse(DataType.UINT8)).tensor(call.tensor("self"))));
        rows.add(row(
                "quantize_per_tensor.tensor_qparams(Tensor self, Tensor scale, Tensor zero_point, ScalarType dtype) -> Tensor",
                call -> many(call, "scale", "zero_point", 0, type(call)).tensor(call.tensor("self"))));
        rows.add(row(
                "quantize_per_channel(Tensor self, Tensor scales, Tensor zero_points, int axis, ScalarType dtype) -> Tensor",
                call -> many(call, "scales", "zero_points", call.axis("axis", call.tensor("self")), type(call))
                        .tensor(call.tensor("self"))));
        String range = "int quant_min, int quant_max";
        rows.add(row(
                "fake_quantize_per_tensor_affine(Tensor self, float scale, int zero_point, " + range + ") -> Tensor",
                AtenQuantization::imitated));
        rows.add(results(
                "fake_quantize_per_tensor_affine_cachemask(Tensor self, float scale, int zero_point, " + range
                        + ") -> (Tensor, Tensor)",
                call -> withMask(call, imitated(call))));
        rows.add(row(
                "fake_quantize_per_tensor_affine.tensor_qparams(Tensor self, Tensor scale, Tensor zero_point, " + range
                        + ") -> Tensor",
                call -> spelledOut(call, call.tensor("scale"), call.tensor("zero_point"))));
        rows.add(row(
                "fake_quantize_per_channel_affine(Tensor self, Tensor scale, Tensor zero_point, int axis, " + range
                        + ") -> Tensor",
                AtenQuantization::imitatedByChannel));
        rows.add(results(
                "fake_quantize_per_channel_affine_cachemask(Tensor self, Tensor scale, Tensor zero_point, int axis, "
                        + range + ") -> (Tensor, Tensor)",
                call -> withMask(call, imitatedByChannel(call))));
        decomposed(rows, range);
        return rows;
    }

    private static void decomposed(List<AtenOperator> rows, String range) {
        String end = range + ", ScalarType dtype) -> Tensor";
        String back = range + ", ScalarType dtype, *, ScalarType? out_dtype=None) -> Tensor";
        String space = "quantized_decomposed::";
        String numbers = "(Tensor input, float scale, int zero_point, ";
        String tensors = "(Tensor input, Tensor scale, Tensor zero_point, ";
        String channels = "(Tensor input, Tensor scales, Tensor%s zero_points, int axis, ";
        rows.add(row(space + "quantize_per_tensor" + numbers + end, call -> steps(call, one(call, type(call)))));
        rows.add(row(
                space + "quantize_per_tensor.tensor" + tensors + end,
                call -> steps(call, many(call, "scale", "zero_point", 0, type(call)))));
        rows.add(row(
                space + "quantize_per_channel" + channels.formatted("") + end,
                call -> steps(
                        call,
                        many(call, "scales", "zero_points", call.axis("axis", call.tensor("input")), type(call)))));
        rows.add(row(space + "dequantize_per_tensor" + numbers + back, call -> reals(call, one(call, type(call)))));
        rows.add(row(
                space + "dequantize_per_tensor.tensor" + tensors + back,
                call -> reals(call, many(call, "scale", "zero_point", 0, type(call)))));
        rows.add(row(
                space + "dequantize_per_channel" + channels.formatted("?") + back,
                call -> reals(
                        call,
                        many(call, "scales", "zero_points", call.axis("axis", call.tensor("input")), type(call)))));
    }

    private static DataType type(AtenCall call) {
        return call.dataType("dtype").orElseThrow(() -> call.wrong("dtype", "a datatype"));
    }

    private static QuantizedSteps one(AtenCall call, DataType type) {
        return QuantizedSteps.of(call.graph(), call.real("scale"), call.integer("zero_point"), type);
    }

    private static QuantizedSteps many(AtenCall call, String scales, String zeroPoints, int axis, DataType type) {
        Value scale = call.tensor(scales);
        Optional<Value> zero = call.optionalTensor(zeroPoints);
        AtenGraph graph = call.graph();
        boolean single =
                graph.rank(scale) == 1 && call.schema().parameter("axis").isEmpty();
        if (!single) {
            return QuantizedSteps.of(graph, scale, zero, axis, type);
        }
        Optional<Value> first =
                zero.map(value -> graph.rank(value) == 1 ? CommonNodes.squeeze(graph, value, 0) : value);
        return QuantizedSteps.of(graph, CommonNodes.squeeze(graph, scale, 0), first, axis, type);
    }

    /** Integers between quant_min and quant_max. */
    private static Value steps(AtenCall call, QuantizedSteps quantization) {
        AtenGraph graph = call.graph();
        DataType type = type(call);
        Value steps = quantization.quantized(graph.cast(call.tensor("input"), DataType.FP32));
        long least = call.integer("quant_min");
        long greatest = call.integer("quant_max");
        return isWhole(least, greatest, type)
                ? steps
                : graph.node("Clip", steps, graph.scalar(least, type), graph.scalar(greatest, type));
    }

    private static boolean isWhole(long least, long greatest, DataType type) {
        return type == DataType.INT8 ? least <= -128 && greatest >= 127 : least <= 0 && greatest >= 255;
    }

    private static Value reals(AtenCall call, QuantizedSteps quantization) {
        Value reals = quantization.dequantized(call.tensor("input"));
        return call.graph().cast(reals, call.dataType("out_dtype").orElse(DataType.FP32));
    }

    /** What quantising and dequantising makes of floats. */
    private static Value imitated(AtenCall call) {
        AtenGraph graph = call.graph();
        Optional<DataType> type = bytes(call);
        return type.isPresent()
                ? one(call, type.get()).rounded(call.tensor("self"))
                : spelledOut(
                        call,
                        graph.scalar(call.real("scale"), DataType.FP32),
                        graph.scalar(call.integer("zero_point"), DataType.INT32));
    }

    private static Value imitatedByChannel(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        int axis = call.axis("axis", self);
        Optional<DataType> type = bytes(call);
        if (type.isPresent()) {
            return many(call, "scale", "zero_point", axis, type.get()).rounded(self);
        }
        long[] behind = java.util.stream.LongStream.range(1, graph.rank(self) - (long) axis)
                .toArray();
        return spelledOut(
                call,
                behind.length == 0 ? call.tensor("scale") : CommonNodes.unsqueeze(graph, call.tensor("scale"), behind),
                behind.length == 0
                        ? call.tensor("zero_point")
                        : CommonNodes.unsqueeze(graph, call.tensor("zero_point"), behind));
    }

    /** The datatype whose range the call has. */
    private static Optional<DataType> bytes(AtenCall call) {
        long least = call.integer("quant_min");
        long greatest = call.integer("quant_max");
        if (least == -128 && greatest == 127) {
            return Optional.of(DataType.INT8);
        }
        return least == 0 && greatest == 255 ? Optional.of(DataType.UINT8) : Optional.empty();
    }

    private static Value spelledOut(AtenCall call, Value scale, Value zeroPoint) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        DataType type = graph.dataType(self);
        Value factor = graph.cast(scale, type);
        Value zero = graph.cast(zeroPoint, type);
        Value steps = graph.node("Add", graph.node("Round", graph.node("Div", self, factor)), zero);
        Value inside = graph.node(
                "Clip",
                steps,
                graph.scalar((double) call.integer("quant_min"), type),
                graph.scalar((double) call.integer("quant_max"), type));
        return graph.node("Mul", graph.node("Sub", inside, zero), factor);
    }

    /** Beside the result which elements were not clipped, which only training reads: none. */
    private static List<Argument> withMask(AtenCall call, Value result) {
        return List.of(
                Argument.OfTensor.of(result), Argument.OfTensor.of(call.graph().cast(result, DataType.BOOL)));
    }
}
