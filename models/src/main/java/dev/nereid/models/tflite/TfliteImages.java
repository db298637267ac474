package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.moves;
import static dev.nereid.models.tflite.TfliteOperator.numbers;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.List;
import java.util.Optional;

/** Images of another size, and pixels that become channels. */
final class TfliteImages {
    private TfliteImages() {}

    static List<TfliteOperator> all() {
        return List.of(
                numbers("RESIZE_BILINEAR", call -> resize(call, "linear", 2)),
                moves("RESIZE_NEAREST_NEIGHBOR", call -> resize(call, "nearest", 0)),
                moves("DEPTH_TO_SPACE", call -> blocks(call, "DepthToSpace")),
                moves("SPACE_TO_DEPTH", call -> blocks(call, "SpaceToDepth")));
    }

    /** @param slot of align_corners, behind which half_pixel_centers comes */
    private static Value resize(TfliteCall call, String mode, int slot) {
        GraphBuilder graph = call.graph();
        boolean corners = call.options().flag(slot);
        boolean halves = call.options().flag(slot + 1);
        if (corners && halves) {
            throw new ModelFormatException("align_corners and half_pixel_centers exclude each other");
        }
        Value x = call.channelsFirst(call.input(0));
        Value sizes = CommonNodes.concat(
                graph, 0, List.of(graph.node("Shape", OnnxAttributes.integer("end", 2), x), call.wide(1)));
        Attributes attributes = OnnxAttributes.text("mode", mode)
                .with(
                        "coordinate_transformation_mode",
                        OnnxAttributes.textValue(corners ? "align_corners" : halves ? "half_pixel" : "asymmetric"))
                .with("nearest_mode", OnnxAttributes.textValue(corners || halves ? "round_prefer_ceil" : "floor"));
        Value y = CommonNodes.optional(
                graph,
                "",
                "Resize",
                attributes,
                List.of(Optional.of(x), Optional.empty(), Optional.empty(), Optional.of(sizes)));
        return call.channelsLast(y);
    }

    private static Value blocks(TfliteCall call, String operator) {
        int size = TfliteConvolutions.positive("block size", call.options().integer(0, 0));
        return call.channelsLast(call.graph()
                .node(operator, OnnxAttributes.integer("blocksize", size), call.channelsFirst(call.input(0))));
    }
}
