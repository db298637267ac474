package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.results;
import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Boxes of detectors: the best ones that do not overlap, and what lies in them. */
final class TensorflowBoxes {
    private TensorflowBoxes() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row(
                        "NonMaxSuppression",
                        AttributeDefaults.NONE.real("iou_threshold", 0.5),
                        call -> selected(
                                call,
                                call.graph().scalar(call.attributes().real("iou_threshold"), DataType.FP32),
                                Optional.empty())),
                row("NonMaxSuppressionV2", call -> selected(call, call.input(3), Optional.empty())),
                row("NonMaxSuppressionV3", call -> selected(call, call.input(3), Optional.of(call.input(4)))),
                results(
                        "NonMaxSuppressionV4",
                        AttributeDefaults.NONE.flag("pad_to_max_output_size", false),
                        TensorflowBoxes::padded),
                results(
                        "NonMaxSuppressionV5",
                        AttributeDefaults.NONE.flag("pad_to_max_output_size", false),
                        TensorflowBoxes::withScores),
                row(
                        "CropAndResize",
                        AttributeDefaults.NONE.text("method", "bilinear").real("extrapolation_value", 0),
                        TensorflowBoxes::crop));
    }

    private static Value selected(TensorflowCall call, Value overlap, Optional<Value> least) {
        GraphBuilder graph = call.graph();
        List<Optional<Value>> inputs = new ArrayList<>();
        inputs.add(Optional.of(CommonNodes.unsqueeze(graph, graph.cast(call.input(0), DataType.FP32), 0)));
        inputs.add(Optional.of(CommonNodes.unsqueeze(graph, graph.cast(call.input(1), DataType.FP32), 0, 1)));
        inputs.add(Optional.of(call.longs(2)));
        inputs.add(Optional.of(list(graph, overlap)));
        least.ifPresent(value -> inputs.add(Optional.of(list(graph, value))));
        Value found = CommonNodes.optional(graph, "", "NonMaxSuppression", Attributes.NONE, inputs);
        return graph.cast(
                graph.node("Gather", OnnxAttributes.integer("axis", 1), found, graph.scalar(2L, DataType.INT64)),
                DataType.INT32);
    }

    private static Value list(GraphBuilder graph, Value scalar) {
        return graph.node("Reshape", graph.cast(scalar, DataType.FP32), graph.integers(-1));
    }

    private static List<Value> padded(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        Value boxes = selected(call, call.input(3), Optional.of(call.input(4)));
        Value count = graph.node("Shape", boxes);
        Value valid = graph.node("Reshape", graph.cast(count, DataType.INT32), graph.integers());
        if (!call.attributes().flag("pad_to_max_output_size")) {
            return List.of(boxes, valid);
        }
        Value missing = graph.node("Sub", call.longs(2), count);
        return List.of(
                graph.node("Pad", boxes, CommonNodes.concat(graph, 0, List.of(graph.integers(0), missing))), valid);
    }

    /** With the scores of what is selected. Scores that overlaps lower instead of dropping boxes are not supported. */
    private static List<Value> withScores(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        boolean hard = graph.constant(call.input(5))
                .filter(sigma -> sigma.dataType() == DataType.FP32 && sigma.byteSize() == Float.BYTES)
                .filter(sigma -> sigma.segment().get(ValueLayout.JAVA_FLOAT, 0) == 0)
                .isPresent();
        if (!hard || call.attributes().flag("pad_to_max_output_size")) {
            throw new ModelFormatException("it lowers the scores of overlapping boxes, or pads its result: only a"
                    + " soft_nms_sigma of 0 without padding is supported");
        }
        List<Value> found = padded(call);
        Value scores = graph.node("Gather", call.input(1), found.get(0));
        return List.of(found.get(0), scores, found.get(1));
    }

    private static Value crop(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        return call.layouts()
                .around(
                        graph,
                        graph.cast(call.input(0), DataType.FP32),
                        x -> CommonNodes.optional(
                                graph,
                                CommonNodes.MICROSOFT,
                                "CropAndResize",
                                OnnxAttributes.text("mode", call.attributes().text("method"))
                                        .with(
                                                "extrapolation_value",
                                                OnnxAttributes.realValue(
                                                        call.attributes().real("extrapolation_value"))),
                                List.of(
                                        Optional.of(x),
                                        Optional.of(call.input(1)),
                                        Optional.of(graph.cast(call.input(2), DataType.INT32)),
                                        Optional.of(graph.cast(call.input(3), DataType.INT32)))));
    }
}
