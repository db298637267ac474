package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Elements of images moved between axes, and images sampled at places of a grid. */
final class AtenImages {
    private static final List<String> INTERPOLATIONS = List.of("linear", "nearest", "cubic");
    private static final List<String> PADDINGS = List.of("zeros", "border", "reflection");

    private AtenImages() {}

    static List<AtenOperator> all() {
        String grid =
                "(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor";
        return List.of(
                row("pixel_shuffle(Tensor self, int upscale_factor) -> Tensor", AtenImages::pixelShuffle),
                row("pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor", AtenImages::pixelUnshuffle),
                row("channel_shuffle(Tensor self, SymInt groups) -> Tensor", AtenImages::channelShuffle),
                row("native_channel_shuffle(Tensor self, SymInt groups) -> Tensor", AtenImages::channelShuffle),
                row("grid_sampler" + grid, AtenImages::sample),
                row("grid_sampler_2d" + grid, AtenImages::sample),
                row("grid_sampler_3d" + grid, AtenImages::sample),
                row(
                        "affine_grid_generator(Tensor theta, SymInt[] size, bool align_corners) -> Tensor",
                        AtenImages::affineGrid),
                row(
                        "im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor",
                        AtenImages::columns),
                row(
                        "col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, "
                                + "int[2] stride) -> Tensor",
                        AtenImages::image));
    }

    private static long factor(AtenCall call, String name) {
        long factor = call.integer(name);
        if (factor < 1) {
            throw call.wrong(name, "an integer of at least 1");
        }
        return factor;
    }

    /** [..., channels * r * r, height, width] to [..., channels, height * r, width * r]. */
    private static Value pixelShuffle(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        long factor = factor(call, "upscale_factor");
        Attributes attributes = new Attributes(
                Map.of("blocksize", OnnxAttributes.integerValue(factor), "mode", OnnxAttributes.textValue("CRD")));
        return images(graph, self, x -> graph.node("DepthToSpace", attributes, x));
    }

    private static Value pixelUnshuffle(AtenCall call) {
        AtenGraph graph = call.graph();
        long factor = factor(call, "downscale_factor");
        return images(graph, call.tensor("self"), x -> {
            Argument height = SizedNodes.dividedBy(graph, graph.size(x, 2), factor);
            Argument width = SizedNodes.dividedBy(graph, graph.size(x, 3), factor);
            Argument side = Argument.of(factor);
            Argument channels = graph.size(x, 1);
            Value six = SizedNodes.reshape(graph, x, List.of(graph.size(x, 0), channels, height, side, width, side));
            Value moved = CommonNodes.transpose(graph, six, 0, 1, 3, 5, 2, 4);
            Argument all = SizedNodes.times(graph, channels, Argument.of(factor * factor));
            return SizedNodes.reshape(graph, moved, List.of(graph.size(x, 0), all, height, width));
        });
    }

    /** Runs a lowering on a tensor of 4 axes, into which those in front are joined. */
    private static Value images(AtenGraph graph, Value self, java.util.function.UnaryOperator<Value> lowering) {
        int rank = graph.rank(self);
        if (rank < 3) {
            throw new ModelFormatException("expected an image of at least 3 axes, got " + graph.type(self));
        }
        if (rank == 4) {
            return lowering.apply(self);
        }
        List<Argument> sizes = SizedNodes.sizes(graph, self);
        Argument batch = Argument.of(1);
        for (Argument size : sizes.subList(0, rank - 3)) {
            batch = SizedNodes.times(graph, batch, size);
        }
        List<Argument> four = new ArrayList<>(List.of(batch));
        four.addAll(sizes.subList(rank - 3, rank));
        Value y = lowering.apply(SizedNodes.reshape(graph, self, four));
        List<Argument> result = new ArrayList<>(sizes.subList(0, rank - 3));
        result.addAll(SizedNodes.sizes(graph, y).subList(1, 4));
        return SizedNodes.reshape(graph, y, result);
    }

    private static Value channelShuffle(AtenCall call) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        long groups = factor(call, "groups");
        List<Argument> sizes = SizedNodes.sizes(graph, self);
        List<Argument> dealt = new ArrayList<>(sizes);
        dealt.set(1, SizedNodes.dividedBy(graph, sizes.get(1), groups));
        dealt.add(1, Argument.of(groups));
        Value moved = CommonNodes.swapAxes(graph, SizedNodes.reshape(graph, self, dealt), 1, 2);
        return SizedNodes.reshape(graph, moved, sizes);
    }

    private static Value sample(AtenCall call) {
        return call.graph()
                .node(
                        "GridSample",
                        new Attributes(Map.of(
                                "mode",
                                OnnxAttributes.textValue(named(call, "interpolation_mode", INTERPOLATIONS)),
                                "padding_mode",
                                OnnxAttributes.textValue(named(call, "padding_mode", PADDINGS)),
                                "align_corners",
                                OnnxAttributes.integerValue(call.flag("align_corners") ? 1 : 0))),
                        call.tensor("input"),
                        call.tensor("grid"));
    }

    private static String named(AtenCall call, String name, List<String> names) {
        long number = call.integer(name);
        if (number < 0 || number >= names.size()) {
            throw call.wrong(name, "a number from 0 to " + (names.size() - 1));
        }
        return names.get((int) number);
    }

    private static Value affineGrid(AtenCall call) {
        AtenGraph graph = call.graph();
        return graph.node(
                "AffineGrid",
                OnnxAttributes.integer("align_corners", call.flag("align_corners") ? 1 : 0),
                call.tensor("theta"),
                graph.integers(call.sizes("size")));
    }

    /** [batch, channels, height, width] to [batch, channels * window, places]: the elements under each window. */
    private static Value columns(AtenCall call) {
        AtenGraph graph = call.graph();
        long[] kernel = call.integers("kernel_size");
        long[] padding = call.integers("padding");
        return CommonNodes.batched(graph, call.tensor("self"), 4, x -> {
            long[] pads = {0, 0, padding[0], padding[1], 0, 0, padding[0], padding[1]};
            Value padded = padding[0] == 0 && padding[1] == 0
                    ? x
                    : graph.node("Pad", x, graph.integers(pads), graph.scalar(0.0, graph.dataType(x)));
            Value rows = windows(call, padded, 2, 0);
            Value cells = windows(call, rows, 4, 1);
            Value moved = CommonNodes.transpose(graph, cells, 0, 1, 2, 4, 3, 5);
            Dim channels = graph.dim(x, 1);
            return channels.isKnown()
                    ? CommonNodes.reshape(graph, moved, 0, channels.value() * kernel[0] * kernel[1], -1)
                    : SizedNodes.reshape(
                            graph,
                            moved,
                            List.of(
                                    graph.size(x, 0),
                                    SizedNodes.times(graph, graph.size(x, 1), Argument.of(kernel[0] * kernel[1])),
                                    Argument.of(-1)));
        });
    }

    /** One axis becomes two: cells of the window, and places of the window. */
    private static Value windows(AtenCall call, Value x, int axis, int number) {
        AtenGraph graph = call.graph();
        long kernel = call.integers("kernel_size")[number];
        long dilation = call.integers("dilation")[number];
        long stride = call.integers("stride")[number];
        if (kernel < 1 || dilation < 1 || stride < 1) {
            throw new ModelFormatException("im2col: expected a kernel, dilation and stride of at least 1, got " + kernel
                    + ", " + dilation + " and " + stride);
        }
        Argument room = SizedNodes.plus(graph, graph.size(x, axis), -dilation * (kernel - 1) - 1);
        Argument places = SizedNodes.plus(graph, SizedNodes.dividedBy(graph, room, stride), 1);
        Value starts = graph.node("Mul", SizedNodes.range(graph, places), graph.scalar(stride, DataType.INT64));
        Value cells =
                graph.node("Mul", SizedNodes.range(graph, Argument.of(kernel)), graph.scalar(dilation, DataType.INT64));
        Value indices = graph.node("Add", CommonNodes.unsqueeze(graph, cells, 1), starts);
        return graph.node("Gather", OnnxAttributes.integer("axis", axis), x, indices);
    }

    private static Value image(AtenCall call) {
        AtenGraph graph = call.graph();
        Attributes attributes = new Attributes(Map.of(
                "dilations",
                OnnxAttributes.integerValues(call.integers("dilation")),
                "pads",
                OnnxAttributes.integerValues(AtenConvolutions.twice(call.integers("padding"))),
                "strides",
                OnnxAttributes.integerValues(call.integers("stride"))));
        return CommonNodes.batched(
                graph,
                call.tensor("self"),
                3,
                x -> graph.node(
                        "Col2Im",
                        attributes,
                        x,
                        graph.integers(call.sizes("output_size")),
                        graph.integers(call.integers("kernel_size"))));
    }
}
