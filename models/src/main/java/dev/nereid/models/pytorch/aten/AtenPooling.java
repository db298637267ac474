package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Pooling with windows of a given size over one, two and three axes. */
final class AtenPooling {
    private AtenPooling() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        for (int each = 1; each <= 3; each++) {
            int axes = each;
            String window = "(Tensor self, int[N] kernel_size, int[N] stride=[], int[N] padding=0, "
                    .replace("[N]", "[" + axes + "]");
            String maximum = window + "int[" + axes + "] dilation=1, bool ceil_mode=False) -> ";
            String mean = window + "bool ceil_mode=False, bool count_include_pad=True"
                    + (axes == 1 ? "" : ", int? divisor_override=None") + ") -> Tensor";
            rows.add(row("max_pool" + axes + "d" + maximum + "Tensor", call -> maximum(call, axes)));
            rows.add(results(
                    "max_pool" + axes + "d_with_indices" + maximum + "(Tensor, Tensor)",
                    call -> List.of(
                            Argument.OfTensor.of(maximum(call, axes)), Argument.OfTensor.of(indices(call, axes)))));
            rows.add(row("avg_pool" + axes + "d" + mean, call -> mean(call, axes)));
        }
        return rows;
    }

    private static Value maximum(AtenCall call, int axes) {
        AtenGraph graph = call.graph();
        Attributes attributes = maximumWindow(call, axes);
        return floating(
                graph,
                call.tensor("self"),
                self -> CommonNodes.batched(graph, self, axes + 2, x -> graph.node("MaxPool", attributes, x)));
    }

    /** Integers are pooled as FP64: exact below 2^53. */
    private static Value floating(AtenGraph graph, Value self, java.util.function.UnaryOperator<Value> pooling) {
        DataType type = graph.dataType(self);
        return type.isInteger() && type != DataType.INT8 && type != DataType.UINT8
                ? graph.cast(pooling.apply(graph.cast(self, DataType.FP64)), type)
                : pooling.apply(self);
    }

    private static Attributes maximumWindow(AtenCall call, int axes) {
        Map<String, Attribute> attributes = window(call, axes);
        attributes.put("dilations", OnnxAttributes.integerValues(AtenConvolutions.numbers(call, "dilation", axes)));
        return new Attributes(attributes);
    }

    /** Where the greatest elements are in the plane of their channel; ONNX counts through the whole tensor. */
    private static Value indices(AtenCall call, int axes) {
        AtenGraph graph = call.graph();
        Attributes attributes = maximumWindow(call, axes);
        return CommonNodes.batched(graph, call.tensor("self"), axes + 2, x -> {
            Value places = graph.nodes("", "MaxPool", 2, attributes, List.of(Optional.of(x)))
                    .get(1);
            Argument plane = Argument.of(1);
            for (int axis = 2; axis < axes + 2; axis++) {
                plane = SizedNodes.times(graph, plane, graph.size(x, axis));
            }
            return graph.node("Mod", places, SizedNodes.scalarOf(graph, plane));
        });
    }

    private static Value mean(AtenCall call, int axes) {
        AtenGraph graph = call.graph();
        Map<String, Attribute> attributes = window(call, axes);
        long[] kernel = AtenConvolutions.numbers(call, "kernel_size", axes);
        boolean divides = axes > 1 && call.has("divisor_override");
        attributes.put(
                "count_include_pad", OnnxAttributes.integerValue(divides || call.flag("count_include_pad") ? 1 : 0));
        if (divides && call.flag("ceil_mode")) {
            attributes.put("pads", OnnxAttributes.integerValues(wholeWindows(call, axes, kernel, attributes)));
            attributes.put("ceil_mode", OnnxAttributes.integerValue(0));
        }
        Value mean = CommonNodes.batched(
                graph, call.tensor("self"), axes + 2, x -> graph.node("AveragePool", new Attributes(attributes), x));
        if (!divides) {
            return mean;
        }
        double cells = Arrays.stream(kernel).asDoubleStream().reduce(1, (a, b) -> a * b);
        return graph.node("Mul", mean, graph.scalar(cells / call.real("divisor_override"), graph.dataType(mean)));
    }

    /** Padding with which the last window, which begins inside, is a whole one. */
    private static long[] wholeWindows(AtenCall call, int axes, long[] kernel, Map<String, Attribute> attributes) {
        long[] padding = AtenConvolutions.numbers(call, "padding", axes);
        long[] pads = AtenConvolutions.twice(padding);
        List<Long> strides = attributes.get("strides") instanceof Attribute.Ints(List<Long> each) ? each : List.of();
        Value self = call.tensor("self");
        for (int axis = 0; axis < axes; axis++) {
            Dim dim = call.graph().dim(self, axis - axes);
            if (!dim.isKnown()) {
                throw new ModelFormatException("avg_pool" + axes
                        + "d: divisor_override beside ceil_mode needs sizes that are known when the model is loaded");
            }
            long stride = Math.max(1, strides.get(axis));
            long length = dim.value() + 2 * padding[axis];
            long last = Math.ceilDiv(Math.max(0, length - kernel[axis]), stride) * stride;
            if (last >= dim.value() + padding[axis]) {
                last -= stride;
            }
            pads[axes + axis] += last + kernel[axis] - length;
        }
        return pads;
    }

    private static Map<String, Attribute> window(AtenCall call, int axes) {
        long[] kernel = AtenConvolutions.numbers(call, "kernel_size", axes);
        boolean steps = call.has("stride") && !call.sizes("stride").isEmpty();
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("kernel_shape", OnnxAttributes.integerValues(kernel));
        attributes.put(
                "strides",
                OnnxAttributes.integerValues(steps ? AtenConvolutions.numbers(call, "stride", axes) : kernel));
        attributes.put(
                "pads",
                OnnxAttributes.integerValues(AtenConvolutions.twice(AtenConvolutions.numbers(call, "padding", axes))));
        attributes.put("ceil_mode", OnnxAttributes.integerValue(call.flag("ceil_mode") ? 1 : 0));
        return attributes;
    }
}
