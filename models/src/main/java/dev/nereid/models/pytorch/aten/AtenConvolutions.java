package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Convolutions and transposed convolutions over one, two and three axes. */
final class AtenConvolutions {
    private AtenConvolutions() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        for (int axes = 1; axes <= 3; axes++) {
            String common = "d%s(Tensor input, Tensor weight, Tensor? bias=None, SymInt[N] stride=1, ";
            String prefix = "conv" + axes + common.replace("[N]", "[" + axes + "]");
            rows.add(row(
                    prefix.formatted("") + "SymInt[" + axes + "] padding=0, SymInt[" + axes
                            + "] dilation=1, SymInt groups=1) -> Tensor",
                    call -> convolve(call, false)));
            rows.add(row(
                    prefix.formatted(".padding") + "str padding=\"valid\", SymInt[" + axes
                            + "] dilation=1, SymInt groups=1) -> Tensor",
                    call -> convolve(call, false)));
            String transposed = "conv_transpose" + axes + common.replace("[N]", "[" + axes + "]");
            rows.add(row(
                    transposed.formatted(axes == 1 ? "" : ".input") + "SymInt[" + axes + "] padding=0, SymInt[" + axes
                            + "] output_padding=0, SymInt groups=1, SymInt[" + axes + "] dilation=1) -> Tensor",
                    call -> convolve(call, true)));
        }
        String general = "(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, "
                + "SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups";
        rows.add(row("convolution" + general + ") -> Tensor", AtenConvolutions::general));
        rows.add(row("convolution_overrideable" + general + ") -> Tensor", AtenConvolutions::general));
        rows.add(row(
                "_convolution" + general
                        + ", bool benchmark, bool deterministic, bool cudnn_enabled, bool allow_tf32) -> Tensor",
                AtenConvolutions::general));
        rows.add(row(
                "_convolution.deprecated" + general
                        + ", bool benchmark, bool deterministic, bool cudnn_enabled) -> Tensor",
                AtenConvolutions::general));
        rows.add(row(
                "_convolution_mode(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, str padding, "
                        + "SymInt[] dilation, SymInt groups) -> Tensor",
                call -> convolve(call, false)));
        return rows;
    }

    private static Value general(AtenCall call) {
        return convolve(call, call.flag("transposed"));
    }

    /** input: [batch, channels, spatial...], or without a batch. */
    private static Value convolve(AtenCall call, boolean transposed) {
        AtenGraph graph = call.graph();
        Value weight = call.tensor("weight");
        Map<String, Attribute> attributes = attributes(call, graph.rank(weight) - 2, weight);
        if (transposed) {
            attributes.put(
                    "output_padding",
                    OnnxAttributes.integerValues(numbers(call, "output_padding", graph.rank(weight) - 2)));
        }
        return CommonNodes.batched(
                graph,
                call.tensor("input"),
                graph.rank(weight),
                x -> CommonNodes.optional(
                        graph,
                        "",
                        transposed ? "ConvTranspose" : "Conv",
                        new Attributes(attributes),
                        List.of(Optional.of(x), Optional.of(weight), call.optionalTensor("bias"))));
    }

    private static Map<String, Attribute> attributes(AtenCall call, int axes, Value weight) {
        if (axes < 1) {
            throw new ModelFormatException("convolution: the weight has only " + (axes + 2) + " axes");
        }
        long[] strides = numbers(call, "stride", axes);
        long[] dilations = numbers(call, "dilation", axes);
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("strides", OnnxAttributes.integerValues(strides));
        attributes.put("dilations", OnnxAttributes.integerValues(dilations));
        attributes.put("group", OnnxAttributes.integerValue(call.integer("groups")));
        attributes.put("pads", OnnxAttributes.integerValues(pads(call, axes, weight, strides, dilations)));
        return attributes;
    }

    private static long[] pads(AtenCall call, int axes, Value weight, long[] strides, long[] dilations) {
        if (!(call.argument("padding") instanceof Argument.OfText(String mode))) {
            return twice(numbers(call, "padding", axes));
        }
        long[] pads = new long[2 * axes];
        if (mode.equals("valid")) {
            return pads;
        }
        if (!mode.equals("same") || Arrays.stream(strides).anyMatch(stride -> stride != 1)) {
            throw call.wrong("padding", "numbers, 'valid', or 'same' beside strides of 1");
        }
        for (int axis = 0; axis < axes; axis++) {
            Dim extent = call.graph().dim(weight, axis + 2);
            if (!extent.isKnown()) {
                throw new ModelFormatException("convolution: 'same' needs a kernel whose size is known");
            }
            long total = dilations[axis] * (extent.value() - 1);
            pads[axis] = total / 2;
            pads[axes + axis] = total - total / 2;
        }
        return pads;
    }

    /** Numbers for each axis; one number is for all. */
    static long[] numbers(AtenCall call, String name, int axes) {
        long[] given = call.integers(name);
        if (given.length == axes) {
            return given;
        }
        if (given.length != 1) {
            throw call.wrong(name, axes + " integers");
        }
        long[] all = new long[axes];
        Arrays.fill(all, given[0]);
        return all;
    }

    /** Padding before each axis and the same behind it, as ONNX lists them. */
    static long[] twice(long... padding) {
        long[] pads = Arrays.copyOf(padding, 2 * padding.length);
        System.arraycopy(padding, 0, pads, padding.length, padding.length);
        return pads;
    }
}
