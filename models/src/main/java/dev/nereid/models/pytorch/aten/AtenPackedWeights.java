package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;

import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How quantised layers pack their weights, and take them out again. */
final class AtenPackedWeights {
    private AtenPackedWeights() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        String window = "(Tensor weight, Tensor? bias, int[] stride, int[] padding, ";
        for (int axes = 1; axes <= 3; axes++) {
            rows.add(results(
                    "quantized::conv" + axes + "d_prepack" + window + "int[] dilation, int groups) -> PackedWeights",
                    call -> List.of(convolution(call, false))));
            rows.add(results(
                    "quantized::conv_transpose" + axes + "d_prepack" + window
                            + "int[] output_padding, int[] dilation, int groups) -> PackedWeights",
                    call -> List.of(convolution(call, true))));
            for (String name : List.of("conv" + axes + "d_unpack", "conv_transpose" + axes + "d_unpack")) {
                rows.add(results(
                        "quantized::" + name + "(PackedWeights packed_weights) -> (Tensor, Tensor)",
                        call -> unpacked(call, "packed_weights")));
            }
        }
        for (String half : List.of("", "_fp16")) {
            rows.add(results(
                    "quantized::linear_prepack" + half + "(Tensor W, Tensor? B=None) -> PackedWeights",
                    call -> List.of(Argument.OfPackedWeights.ofMatrix(
                            half.isEmpty() ? call.tensor("W") : halved(call), call.optionalTensor("B")))));
            rows.add(results(
                    "quantized::linear_unpack" + half + "(PackedWeights W_prepack) -> (Tensor, Tensor)",
                    call -> unpacked(call, "W_prepack")));
        }
        rows.add(results(
                "quantized::embedding_bag_prepack(Tensor weight) -> PackedWeights",
                call -> List.of(Argument.OfPackedWeights.ofMatrix(call.tensor("weight"), java.util.Optional.empty()))));
        rows.add(results(
                "quantized::embedding_bag_unpack(PackedWeights prepack) -> Tensor",
                call -> unpacked(call, "prepack").subList(0, 1)));
        return rows;
    }

    private static Argument convolution(AtenCall call, boolean transposed) {
        List<Long> stride = numbers(call, "stride");
        return new Argument.OfPackedWeights(
                call.tensor("weight"),
                call.optionalTensor("bias"),
                stride,
                numbers(call, "padding"),
                transposed ? numbers(call, "output_padding") : Collections.nCopies(stride.size(), 0L),
                numbers(call, "dilation"),
                call.integer("groups"),
                transposed);
    }

    private static List<Long> numbers(AtenCall call, String name) {
        return java.util.Arrays.stream(call.integers(name)).boxed().toList();
    }

    /** Weights as numbers of half precision, which are FP32 again. */
    private static Value halved(AtenCall call) {
        AtenGraph graph = call.graph();
        return graph.cast(graph.cast(call.tensor("W"), DataType.FP16), DataType.FP32);
    }

    private static List<Argument> unpacked(AtenCall call, String name) {
        if (!(call.argument(name) instanceof Argument.OfPackedWeights packed)) {
            throw call.wrong(name, "the packed weights of a quantised layer");
        }
        return List.of(
                Argument.OfTensor.of(packed.weight()),
                packed.bias().<Argument>map(Argument.OfTensor::of).orElseGet(Argument::none));
    }
}
