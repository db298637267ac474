package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** Questions about quantised tensors, and what they are without their steps. */
final class AtenQuantizedTensors {
    private AtenQuantizedTensors() {}

    static List<AtenOperator> all() {
        return List.of(
                row("dequantize.self(Tensor self) -> Tensor", call -> floats(call.graph(), call.tensor("self"))),
                results(
                        "dequantize.tensors(Tensor[] tensors) -> Tensor[]",
                        call -> List.of(new Argument.OfList(call.tensors("tensors").stream()
                                .<Argument>map(each -> Argument.OfTensor.of(floats(call.graph(), each)))
                                .toList()))),
                row("int_repr(Tensor self) -> Tensor", call -> steps(call).quantized(call.tensor("self"))),
                results(
                        "q_scale(Tensor self) -> float",
                        call -> List.of(Argument.of(
                                RealNumbers.at(constant(call, single(call).scale()), 0)))),
                results(
                        "q_zero_point(Tensor self) -> int",
                        call -> List.of(Argument.of(
                                IntegerTensors.read(constant(call, single(call).zeroPoint()))
                                        .orElseThrow()[0]))),
                row(
                        "q_per_channel_scales(Tensor self) -> Tensor",
                        call -> call.graph().cast(steps(call).scale(), DataType.FP64)),
                row(
                        "q_per_channel_zero_points(Tensor self) -> Tensor",
                        call -> call.graph().cast(steps(call).zeroPoint(), DataType.INT64)),
                results(
                        "q_per_channel_axis(Tensor self) -> int",
                        call -> List.of(Argument.of((long) steps(call).axis()))),
                row(
                        "_make_per_tensor_quantized_tensor(Tensor self, float scale, int zero_point) -> Tensor",
                        call -> QuantizedSteps.of(
                                        call.graph(),
                                        call.real("scale"),
                                        call.integer("zero_point"),
                                        call.graph().dataType(call.tensor("self")))
                                .tensorOfSteps(call.tensor("self"))),
                row(
                        "quantize_per_tensor_dynamic(Tensor self, ScalarType dtype, bool reduce_range) -> Tensor",
                        AtenQuantizedTensors::dynamic));
    }

    /** The numbers as a value of their own, which is no quantised tensor. */
    private static Value floats(AtenGraph graph, Value tensor) {
        return graph.quantization(tensor).isPresent() ? graph.node("Identity", tensor) : tensor;
    }

    private static QuantizedSteps steps(AtenCall call) {
        return call.graph()
                .quantization(call.tensor("self"))
                .orElseThrow(() -> new ModelFormatException(
                        call.schema().fullName() + ": expected 'self' to be a quantised tensor whose steps are known"));
    }

    private static QuantizedSteps single(AtenCall call) {
        QuantizedSteps steps = steps(call);
        if (call.graph().rank(steps.scale()) > 0) {
            throw new ModelFormatException(
                    call.schema().fullName() + ": expected one scale for the tensor, it has one for each channel");
        }
        return steps;
    }

    private static Tensor constant(AtenCall call, Value value) {
        return call.graph()
                .constant(value)
                .orElseThrow(() -> new ModelFormatException(
                        call.schema().fullName() + ": the scale and zero point are not known before a run"));
    }

    /** Steps by the scale that the tensor's own numbers have. */
    private static Value dynamic(AtenCall call) {
        if (call.dataType("dtype").filter(type -> type == DataType.UINT8).isEmpty()) {
            throw call.wrong("dtype", "quint8");
        }
        AtenGraph graph = call.graph();
        List<Value> made =
                graph.nodes("", "DynamicQuantizeLinear", 3, Attributes.NONE, List.of(Optional.of(call.tensor("self"))));
        return new QuantizedSteps(graph, made.get(1), made.get(2), 0).tensorOfSteps(made.getFirst());
    }
}
