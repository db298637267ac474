package dev.nereid.models.operators;

import static dev.nereid.models.operators.ModelSketch.integers;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.ModelFormatException;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nodes that cannot run whatever a request brings fail the load, under the name that the file gives them. */
class UnsuitableNodesTest {
    /**
     * A node that does not suit its inputs.
     *
     * @param inputs shapes and types of the graph's inputs
     * @param before constants
     */
    record Unsuitable(String inputs, List<NodeProto> before, NodeProto node) {
        static Unsuitable of(String inputs, String node, AttributeProto... attributes) {
            return new Unsuitable(inputs, List.of(), ModelSketch.node(node, attributes));
        }

        Unsuitable after(NodeProto... constants) {
            return new Unsuitable(inputs, List.of(constants), node);
        }

        /** The same with another node. */
        Unsuitable with(NodeProto other) {
            return new Unsuitable(inputs, before, other);
        }

        GraphProto graph() {
            List<NodeProto> nodes = new ArrayList<>(before);
            nodes.add(node.toBuilder().setName("own").build());
            boolean integers = node.getOpType().equals("ConvInteger");
            return ModelSketch.graph(inputs, integers ? "y:i" : "y:f", nodes.toArray(NodeProto[]::new));
        }

        @Override
        public String toString() {
            return node.getOpType() + " of " + inputs
                    + node.getAttributeList().stream()
                            .map(each -> " " + each.getName() + " " + each.getI() + each.getIntsList())
                            .reduce("", String::concat)
                    + (before.isEmpty() ? "" : " and constants");
        }
    }

    private static NodeProto weights(Integer... dims) {
        long[] extents = Arrays.stream(dims).mapToLong(Integer::longValue).toArray();
        int count = (int) Shape.of(extents).elements();
        float[] values = new float[count];
        return ModelSketch.floats("w", Shape.of(extents), values);
    }

    private static NodeProto bytes(Integer... dims) {
        long[] extents = Arrays.stream(dims).mapToLong(Integer::longValue).toArray();
        int[] values = Collections.nCopies((int) Shape.of(extents).elements(), 1).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        return integers("w", DataType.INT8, Shape.of(extents), values);
    }

    private static Unsuitable conv(String operator, NodeProto weights, AttributeProto... attributes) {
        return Unsuitable.of("x:f[1,4,8,8]", "y = " + operator + "(x, w)", attributes)
                .after(weights);
    }

    static Stream<Unsuitable> convolutions() {
        return Stream.of(
                conv("Conv", weights(6, 5, 3, 3)),
                conv("Conv", weights(6, 4, 3, 3), number("group", 2)),
                conv("Conv", weights(5, 2, 3, 3), number("group", 2)),
                conv("Conv", weights(6, 4, 3, 3), number("group", 0)),
                conv("Conv", weights(6, 4, 3, 3), numbers("strides", 0L, 1L)),
                conv("Conv", weights(6, 4, 3, 3), numbers("dilations", 1L, 0L)),
                conv("Conv", weights(6, 4, 3, 3), numbers("dilations", 1L)),
                conv("Conv", weights(6, 4, 3, 3), numbers("pads", 1L, 1L)),
                conv("Conv", weights(6, 4, 3, 3), numbers("kernel_shape", 5L, 5L)),
                conv("Conv", weights(6, 4, 3, 3), numbers("kernel_shape", 3L)),
                conv("Conv", weights(6, 4, 10, 3)),
                Unsuitable.of("x:f[1,4,8,8] w:f[6,5,3,3]", "y = Conv(x, w)"),
                Unsuitable.of("x:f[n,4,8,8] w:f[6,4,3,3] b:f[5]", "y = Conv(x, w, b)"),
                conv("ConvTranspose", weights(5, 6, 3, 3)),
                conv("ConvTranspose", weights(4, 6, 3, 3), number("group", 3)),
                conv("ConvTranspose", weights(4, 6, 3, 3), number("group", 0)),
                conv("ConvTranspose", weights(4, 6, 3, 3), numbers("strides", 0L, 1L)),
                conv("ConvTranspose", weights(4, 6, 3, 3), numbers("strides", 1L)),
                conv("ConvTranspose", weights(4, 6, 3, 3), numbers("dilations", 0L, 1L)),
                conv("ConvTranspose", weights(4, 6, 3, 3), numbers("pads", 0L, 1L)),
                conv("ConvTranspose", weights(4, 6, 3, 3), numbers("output_padding", 1L)),
                conv("ConvTranspose", weights(4, 6, 3, 3), numbers("output_shape", 1L)),
                conv("ConvTranspose", weights(4, 6, 3, 3), numbers("kernel_shape", 5L, 5L)),
                Unsuitable.of("x:f[n,4,8,8] w:f[4,6,3,3] b:f[5]", "y = ConvTranspose(x, w, b)"),
                Unsuitable.of("x:f[1,4,8,8] w:f[6,5,3,3] o:f[1,18,6,6]", "y = DeformConv(x, w, o)"),
                Unsuitable.of("x:f[1,4,8,8]", "q, s, z = DynamicQuantizeLinear(x)")
                        .after(bytes(6, 5, 3, 3), node("q, s, z = DynamicQuantizeLinear(x)"))
                        .with(node("y = ConvInteger(q, w)")),
                Unsuitable.of("x:f[1,4,8,8]", "q, s, z = DynamicQuantizeLinear(x)")
                        .after(bytes(6, 4, 3, 3), node("q, s, z = DynamicQuantizeLinear(x)"))
                        .with(node("y = ConvInteger(q, w)", numbers("kernel_shape", 5L, 5L))));
    }

    static Stream<Unsuitable> others() {
        return Stream.of(
                Unsuitable.of("x:f[1,4,8,8]", "y = MaxPool(x)", numbers("kernel_shape", 0L, 2L)),
                Unsuitable.of(
                        "x:f[1,4,8,8]",
                        "y = AveragePool(x)",
                        numbers("kernel_shape", 2L, 2L),
                        numbers("strides", 0L, 1L)),
                Unsuitable.of("x:f[1,4,8,8]", "y = MaxPool(x)", numbers("kernel_shape", 2L)),
                Unsuitable.of("x:f[1,4,8,8]", "y = LRN(x)", number("size", 0)),
                Unsuitable.of("x:f[3,4] w:f[5,6]", "y = MatMul(x, w)"),
                Unsuitable.of("x:f[3,4] w:f[5,6]", "y = Gemm(x, w)"),
                Unsuitable.of("x:f[3,4] w:f[4,6] c:f[5]", "y = Gemm(x, w, c)"),
                Unsuitable.of("x:f[n,4,8] s:f[5] b:f[4] m:f[4] v:f[4]", "y = BatchNormalization(x, s, b, m, v)"),
                Unsuitable.of("x:f[1,4,8] s:f[5] b:f[5]", "y = InstanceNormalization(x, s, b)"),
                Unsuitable.of("x:f[1,4,8] s:f[5]", "y = LayerNormalization(x, s)"),
                Unsuitable.of("x:f[1,4,8] s:f[8]", "y = LayerNormalization(x, s)", number("axis", 5)),
                Unsuitable.of("x:f[3,4] w:f[5,6]", "y = Add(x, w)"),
                Unsuitable.of("x:f[3,4] w:f[5,6]", "y = Concat(x, w)", number("axis", 0)),
                Unsuitable.of("x:f[3,4] w:f[5,4]", "y = Concat(x, w)", number("axis", 7)),
                Unsuitable.of("x:f[3,4]", "y = Transpose(x)", numbers("perm", 0L, 0L)),
                Unsuitable.of("x:f[3,4]", "y = Transpose(x)", numbers("perm", 0L)),
                Unsuitable.of("x:f[3,4]", "y = Softmax(x)", number("axis", 2)),
                Unsuitable.of("x:f[3,4]", "y = Flatten(x)", number("axis", 4)),
                Unsuitable.of("x:f[3,4]", "y = Reshape(x, t)").after(longs("t", 5, 3)),
                Unsuitable.of("x:f[3,4]", "y = Expand(x, t)").after(longs("t", 5, 4)),
                Unsuitable.of("x:f[3,4]", "y = Squeeze(x, t)").after(longs("t", 0, 1)),
                Unsuitable.of("x:f[3,4]", "y = ReduceSum(x, t)").after(longs("t", 3, 1)),
                Unsuitable.of("x:f[3,4]", "y, z = Split(x, t)").after(longs("t", 3, 1)),
                Unsuitable.of("x:f[3,4]", "y = Pad(x, t)").after(longs("t", 3, 1)),
                Unsuitable.of("x:f[3,4]", "y = Tile(x, t)").after(longs("t", 3, 1, 4)),
                Unsuitable.of("x:f[3,4] i:i[2]", "y = Gather(x, i)", number("axis", 2)),
                Unsuitable.of("x:f[3,4] i:i[2]", "y = GatherElements(x, i)"),
                Unsuitable.of("x:f[1,4,8,8]", "y = DepthToSpace(x)", number("blocksize", 0)),
                Unsuitable.of("x:f[1,4,8,8]", "y = DepthToSpace(x)", number("blocksize", 3)),
                Unsuitable.of("x:f[1,4,8,8]", "y = SpaceToDepth(x)", number("blocksize", 3)),
                Unsuitable.of("x:f[5,2,3] w:f[1,16,4] r:f[1,16,4]", "y = LSTM(x, w, r)", number("hidden_size", 4)),
                Unsuitable.of("x:f[5,2,3] w:f[1,12,3] r:f[1,12,5]", "y = GRU(x, w, r)", number("hidden_size", 4)),
                Unsuitable.of("x:f[5,2,3] w:f[1,4,3] r:f[1,5,4]", "y = RNN(x, w, r)", number("hidden_size", 4)));
    }

    @ParameterizedTest
    @MethodSource({"convolutions", "others"})
    @Tag("found-22")
    void failTheLoadUnderTheirOwnNames(Unsuitable unsuitable) {
        try (SlabPool pool = new SlabPool(1 << 20)) {
            for (LoadOptions options : List.of(LoadOptions.DEFAULT, LoadOptions.UNOPTIMIZED)) {
                assertThatThrownBy(() -> ModelSketch.load(unsuitable.graph(), options, pool)
                                .close())
                        .isInstanceOf(ModelFormatException.class)
                        .hasMessageStartingWith(
                                "node 'own' (" + unsuitable.node().getOpType() + ")");
            }
        }
    }
}
