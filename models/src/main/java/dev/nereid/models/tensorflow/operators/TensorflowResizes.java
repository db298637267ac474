package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** Images in another size. */
final class TensorflowResizes {
    private static final AttributeDefaults DEFAULTS =
            AttributeDefaults.NONE.flag("align_corners", false).flag("half_pixel_centers", false);
    private static final double LEGACY_CUBIC = -0.75;
    private static final double KEYS_CUBIC = -0.5;

    private TensorflowResizes() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row(
                        "ResizeBilinear",
                        DEFAULTS,
                        call -> resize(call, real(call), OnnxAttributes.text("mode", "linear"))),
                row("ResizeNearestNeighbor", DEFAULTS, call -> resize(call, call.input(0), nearest(call))),
                row("ResizeBicubic", DEFAULTS, call -> resize(call, real(call), cubic(call))));
    }

    private static Value real(TensorflowCall call) {
        return call.layouts()
                .elementwise(call.graph(), call.input(0), x -> call.graph().cast(x, DataType.FP32));
    }

    private static boolean halfPixels(TensorflowCall call) {
        return call.attributes().flag("half_pixel_centers");
    }

    private static Attributes nearest(TensorflowCall call) {
        boolean legacy = !call.attributes().flag("align_corners") && !halfPixels(call);
        return OnnxAttributes.text("mode", "nearest")
                .with("nearest_mode", OnnxAttributes.textValue(legacy ? "floor" : "round_prefer_ceil"));
    }

    /** With pixels' centers the border's weights are shared out among the others; otherwise its elements are repeated. */
    private static Attributes cubic(TensorflowCall call) {
        return OnnxAttributes.text("mode", "cubic")
                .with("cubic_coeff_a", OnnxAttributes.realValue(halfPixels(call) ? KEYS_CUBIC : LEGACY_CUBIC))
                .with("exclude_outside", OnnxAttributes.integerValue(halfPixels(call) ? 1 : 0));
    }

    private static Value resize(TensorflowCall call, Value image, Attributes mode) {
        GraphBuilder graph = call.graph();
        String coordinates = call.attributes().flag("align_corners")
                ? "align_corners"
                : halfPixels(call) ? "half_pixel" : "asymmetric";
        Attributes attributes = mode.with("coordinate_transformation_mode", OnnxAttributes.textValue(coordinates))
                .with("axes", OnnxAttributes.integerValues(2, 3));
        Value size = call.knowsIntegers(1) ? graph.integers(call.integers(1)) : call.longs(1);
        return call.layouts()
                .around(
                        graph,
                        image,
                        x -> graph.nodes(
                                        "",
                                        "Resize",
                                        1,
                                        attributes,
                                        List.of(Optional.of(x), Optional.empty(), Optional.empty(), Optional.of(size)))
                                .getFirst());
    }
}
