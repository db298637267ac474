package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Resampling to other sizes, by the nearest elements or between them. */
final class AtenResize {
    /** How an operator finds its elements. */
    private enum Method {
        NEAREST("nearest"),
        NEAREST_EXACT("nearest"),
        LINEAR("linear"),
        CUBIC("cubic"),
        LINEAR_SMOOTH("linear"),
        CUBIC_SMOOTH("cubic");

        private final String mode;

        Method(String mode) {
            this.mode = mode;
        }

        private boolean nearest() {
            return this == NEAREST || this == NEAREST_EXACT;
        }

        private Map<String, Attribute> attributes(boolean corners) {
            Map<String, Attribute> attributes = new HashMap<>(Map.of("mode", OnnxAttributes.textValue(mode)));
            String coordinates = corners ? "align_corners" : this == NEAREST ? "asymmetric" : "half_pixel";
            attributes.put("coordinate_transformation_mode", OnnxAttributes.textValue(coordinates));
            switch (this) {
                case NEAREST -> attributes.put("nearest_mode", OnnxAttributes.textValue("floor"));
                case NEAREST_EXACT -> attributes.put("nearest_mode", OnnxAttributes.textValue("round_prefer_ceil"));
                case CUBIC -> attributes.put("cubic_coeff_a", OnnxAttributes.realValue(-0.75));
                case LINEAR_SMOOTH -> smooth(attributes);
                case CUBIC_SMOOTH -> {
                    attributes.put("cubic_coeff_a", OnnxAttributes.realValue(-0.5));
                    smooth(attributes);
                }
                case LINEAR -> {}
            }
            return attributes;
        }

        private static void smooth(Map<String, Attribute> attributes) {
            attributes.put("antialias", OnnxAttributes.integerValue(1));
            attributes.put("exclude_outside", OnnxAttributes.integerValue(1));
        }
    }

    private static final String[] SCALES = {"scales", "scales_h, scales_w", "scales_d, scales_h, scales_w"};

    private AtenResize() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        for (int axes = 1; axes <= 3; axes++) {
            add(rows, "upsample_nearest" + axes + "d", axes, Method.NEAREST);
            add(rows, "_upsample_nearest_exact" + axes + "d", axes, Method.NEAREST_EXACT);
        }
        add(rows, "upsample_linear1d", 1, Method.LINEAR);
        add(rows, "upsample_bilinear2d", 2, Method.LINEAR);
        add(rows, "upsample_trilinear3d", 3, Method.LINEAR);
        add(rows, "upsample_bicubic2d", 2, Method.CUBIC);
        add(rows, "_upsample_bilinear2d_aa", 2, Method.LINEAR_SMOOTH);
        add(rows, "_upsample_bicubic2d_aa", 2, Method.CUBIC_SMOOTH);
        return rows;
    }

    private static void add(List<AtenOperator> rows, String name, int axes, Method method) {
        String corners = method.nearest() ? "" : "bool align_corners, ";
        List<String> scales = List.of(SCALES[axes - 1].split(", "));
        StringBuilder factors = new StringBuilder();
        scales.forEach(scale -> factors.append(", float? ").append(scale).append("=None"));
        rows.add(row(
                name + ".vec(Tensor input, SymInt[]? output_size, " + corners + "float[]? scale_factors) -> Tensor",
                call -> resize(call, call.tensor("input"), axes, method, factors(call, "scale_factors"))));
        String sizes = "(Tensor self, SymInt[" + axes + "] output_size"
                + (method.nearest() ? "" : ", bool align_corners") + factors + ") -> Tensor";
        rows.add(row(name + sizes, call -> resize(call, call.tensor("self"), axes, method, each(call, scales))));
    }

    private static List<Double> factors(AtenCall call, String name) {
        return call.has(name)
                ? call.items(name).stream()
                        .map(item -> number(call, name, item))
                        .toList()
                : List.of();
    }

    private static List<Double> each(AtenCall call, List<String> names) {
        return names.stream().allMatch(call::has)
                ? names.stream().map(call::real).toList()
                : List.of();
    }

    private static double number(AtenCall call, String name, Argument item) {
        return switch (item) {
            case Argument.OfReal(double value) -> value;
            case Argument.OfInteger(long value) -> value;
            default -> throw call.wrong(name, "numbers that are known when the model is loaded");
        };
    }

    /** Resizes the last axes; factors, where they are given, say where the elements lie. */
    private static Value resize(AtenCall call, Value x, int axes, Method method, List<Double> factors) {
        AtenGraph graph = call.graph();
        boolean corners = !method.nearest() && call.flag("align_corners");
        if (corners && (method == Method.LINEAR_SMOOTH || method == Method.CUBIC_SMOOTH)) {
            throw call.wrong("align_corners", "False");
        }
        Map<String, Attribute> attributes = method.attributes(corners);
        attributes.put(
                "axes",
                OnnxAttributes.integerValues(
                        IntStream.range(2, axes + 2).asLongStream().toArray()));
        List<Argument> sizes = call.has("output_size") ? call.sizes("output_size") : List.of();
        boolean scaled = !factors.isEmpty() && !corners && scalesGive(graph, x, factors, sizes);
        if (scaled ? factors.size() != axes : sizes.size() != axes && factors.size() != axes) {
            throw new ModelFormatException(
                    call.schema().fullName() + ": expected " + axes + " sizes or " + axes + " factors");
        }
        Optional<Value> size = scaled
                ? Optional.empty()
                : Optional.of(graph.integers(sizes.isEmpty() ? sizes(graph, x, factors) : sizes));
        Optional<Value> scales = scaled ? Optional.of(reals(graph, factors)) : Optional.empty();
        return CommonNodes.optional(
                graph,
                "",
                "Resize",
                new Attributes(attributes),
                List.of(Optional.of(x), Optional.empty(), scales, size));
    }

    /** Whether the factors lead to the sizes that are asked for, as far as those are given. */
    private static boolean scalesGive(AtenGraph graph, Value x, List<Double> factors, List<Argument> sizes) {
        if (sizes.size() != factors.size()) {
            return sizes.isEmpty();
        }
        for (int axis = 0; axis < sizes.size(); axis++) {
            Argument size = graph.size(x, axis + 2);
            if (size instanceof Argument.OfInteger(long known)
                    && sizes.get(axis) instanceof Argument.OfInteger(long wanted)
                    && (long) Math.floor(known * factors.get(axis)) != wanted) {
                return false;
            }
        }
        return true;
    }

    private static List<Argument> sizes(AtenGraph graph, Value x, List<Double> factors) {
        List<Argument> sizes = new ArrayList<>();
        for (int axis = 0; axis < factors.size(); axis++) {
            double factor = factors.get(axis);
            Argument size = graph.size(x, axis + 2);
            if (size instanceof Argument.OfInteger(long known)) {
                sizes.add(Argument.of((long) Math.floor(known * factor)));
            } else {
                Value product = graph.node(
                        "Mul", graph.cast(graph.integer(size), DataType.FP64), graph.scalar(factor, DataType.FP64));
                sizes.add(graph.integerArgument(graph.cast(graph.node("Floor", product), DataType.INT64)));
            }
        }
        return sizes;
    }

    private static Value reals(AtenGraph graph, List<Double> numbers) {
        Tensor tensor = graph.newTensor(DataType.FP32, Shape.of(numbers.size()));
        for (int i = 0; i < numbers.size(); i++) {
            tensor.segment()
                    .setAtIndex(
                            ValueLayout.JAVA_FLOAT_UNALIGNED, i, numbers.get(i).floatValue());
        }
        return graph.constant("scales", tensor);
    }
}
