package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The operators of torchvision: boxes, regions of feature maps, and convolutions with moved taps. */
final class AtenVision {
    private AtenVision() {}

    static List<AtenOperator> all() {
        String regions = "(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width";
        return List.of(
                row(
                        "torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
                        AtenVision::suppress),
                row(
                        "torchvision::roi_align" + regions + ", int sampling_ratio, bool aligned) -> Tensor",
                        call -> align(call, call.flag("aligned"))),
                results(
                        "torchvision::ps_roi_pool" + regions + ") -> (Tensor, Tensor)",
                        call -> new PositionPooling(call).results()),
                results("torchvision::roi_pool" + regions + ") -> (Tensor, Tensor)", AtenVision::pool),
                results(
                        "torchvision::ps_roi_align" + regions + ", int sampling_ratio) -> (Tensor, Tensor)",
                        AtenVision::alignByPosition),
                row(
                        "torchvision::deform_conv2d(Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, "
                                + "SymInt stride_h, SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, "
                                + "SymInt dilation_w, SymInt groups, SymInt offset_groups, bool use_mask) -> Tensor",
                        AtenVision::deformed));
    }

    /** dets: [boxes, 4], scores: [boxes] to the numbers of the boxes that stay, the one with the highest score first. */
    private static Value suppress(AtenCall call) {
        AtenGraph graph = call.graph();
        Value boxes = graph.cast(call.tensor("dets"), DataType.FP32);
        Value scores = graph.cast(call.tensor("scores"), DataType.FP32);
        Value selected = graph.node(
                "NonMaxSuppression",
                CommonNodes.unsqueeze(graph, boxes, 0),
                CommonNodes.unsqueeze(graph, scores, 0, 1),
                graph.integer(graph.size(boxes, 0)),
                CommonNodes.unsqueeze(graph, graph.scalar(call.real("iou_threshold"), DataType.FP32), 0));
        return CommonNodes.squeeze(graph, CommonNodes.slice(graph, selected, 1, 2, 3), 1);
    }

    private static Value align(AtenCall call, boolean halfPixel) {
        AtenGraph graph = call.graph();
        Value rois = call.tensor("rois");
        Value items = CommonNodes.squeeze(graph, CommonNodes.slice(graph, rois, 1, 0, 1), 1);
        return graph.node(
                "RoiAlign",
                new Attributes(Map.of(
                        "output_height",
                        OnnxAttributes.integerValue(call.integer("pooled_height")),
                        "output_width",
                        OnnxAttributes.integerValue(call.integer("pooled_width")),
                        "sampling_ratio",
                        OnnxAttributes.integerValue(Math.max(0, call.integer("sampling_ratio"))),
                        "spatial_scale",
                        OnnxAttributes.realValue(call.real("spatial_scale")),
                        "coordinate_transformation_mode",
                        OnnxAttributes.textValue(halfPixel ? "half_pixel" : "output_half_pixel"))),
                call.tensor("input"),
                CommonNodes.slice(graph, rois, 1, 1, 5),
                graph.cast(items, DataType.INT64));
    }

    private static List<Argument> pool(AtenCall call) {
        AtenGraph graph = call.graph();
        Value pooled = graph.node(
                "MaxRoiPool",
                new Attributes(Map.of(
                        "pooled_shape",
                        OnnxAttributes.integerValues(call.integer("pooled_height"), call.integer("pooled_width")),
                        "spatial_scale",
                        OnnxAttributes.realValue(call.real("spatial_scale")))),
                call.tensor("input"),
                call.tensor("rois"));
        return List.of(Argument.OfTensor.of(pooled), Argument.OfTensor.of(graph.cast(pooled, DataType.INT32)));
    }

    /** Each bin has channels of its own: bin (i, j) of channel c is that of channel {@code (c * height + i) * width + j}. */
    private static List<Argument> alignByPosition(AtenCall call) {
        AtenGraph graph = call.graph();
        long bins = call.integer("pooled_height") * call.integer("pooled_width");
        Dim channels = graph.dim(call.tensor("input"), 1);
        if (!channels.isKnown() || bins < 1 || channels.value() % bins != 0) {
            throw new ModelFormatException(
                    "ps_roi_align: expected channels that " + bins + " bins divide, got " + channels);
        }
        long each = channels.value() / bins;
        Value aligned = CommonNodes.reshape(graph, align(call, true), -1, each, bins, bins);
        Value own = graph.node("Einsum", OnnxAttributes.text("equation", "rcbb->rcb"), aligned);
        Value result =
                CommonNodes.reshape(graph, own, -1, each, call.integer("pooled_height"), call.integer("pooled_width"));
        return List.of(Argument.OfTensor.of(result), Argument.OfTensor.of(graph.cast(result, DataType.INT32)));
    }

    private static Value deformed(AtenCall call) {
        AtenGraph graph = call.graph();
        Map<String, dev.nereid.models.graph.Attributes.Attribute> attributes = new HashMap<>();
        attributes.put("strides", OnnxAttributes.integerValues(call.integer("stride_h"), call.integer("stride_w")));
        attributes.put(
                "dilations", OnnxAttributes.integerValues(call.integer("dilation_h"), call.integer("dilation_w")));
        attributes.put(
                "pads",
                OnnxAttributes.integerValues(AtenConvolutions.twice(call.integer("pad_h"), call.integer("pad_w"))));
        Value input = call.tensor("input");
        Value weight = call.tensor("weight");
        Value offset = call.tensor("offset");
        // torchvision takes the numbers of groups from the shapes; what the call says is for its kernels.
        attributes.put("group", OnnxAttributes.integerValue(quotient(graph, input, weight, 1)));
        Dim cells = graph.dim(weight, 2).times(graph.dim(weight, 3)).times(2);
        Dim offsets = graph.dim(offset, 1);
        attributes.put(
                "offset_group",
                OnnxAttributes.integerValue(
                        cells.isKnown() && offsets.isKnown()
                                ? offsets.value() / cells.value()
                                : call.integer("offset_groups")));
        List<Optional<Value>> inputs = new ArrayList<>(List.of(
                Optional.of(input), Optional.of(weight), Optional.of(offset), Optional.of(call.tensor("bias"))));
        if (call.flag("use_mask")) {
            inputs.add(Optional.of(call.tensor("mask")));
        }
        return CommonNodes.optional(graph, "", "DeformConv", new Attributes(attributes), inputs);
    }

    private static long quotient(AtenGraph graph, Value left, Value right, int axis) {
        Dim quotient = graph.dim(left, axis).floorDivide(graph.dim(right, axis));
        if (!quotient.isKnown()) {
            throw new ModelFormatException("deform_conv2d: the channels " + graph.dim(left, axis) + " are not known");
        }
        return quotient.value();
    }
}
