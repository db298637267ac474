package dev.nereid.models.tensorflow.frozen;

import static dev.nereid.models.tensorflow.frozen.GraphMessage.function;
import static dev.nereid.models.tensorflow.frozen.GraphMessage.node;
import static dev.nereid.models.tensorflow.frozen.GraphMessage.numbers;
import static dev.nereid.models.tensorflow.frozen.GraphMessage.text;
import static dev.nereid.models.tensorflow.frozen.GraphMessage.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.models.ModelLoader;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.tensorflow.AttrValue;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.GraphDef;
import dev.nereid.proto.tensorflow.NodeDef;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrozenGraphImporterTest {
    private static final float[] COUNTING = {1, 2, 3, 4, 5, 6};

    @Test
    void placeholdersAreInputsAndUnreadNodesAreOutputs() {
        GraphDef graph = new GraphMessage()
                .add("Add", "sum", "x", "one")
                .add("Neg", "negative", "^sum", "x:0")
                .add("Mul", "product", "sum", "negative")
                .add("NoOp", "init", "^x")
                .floats("one", new float[] {1})
                .placeholder("x", -1)
                .message();
        try (ImportedModel model =
                FrozenGraphImporter.load(graph.toByteArray(), ModelLoader.operators(), DeclaredPorts.NONE)) {
            assertThat(model.graph().inputs()).extracting(Object::toString).containsExactly("x");
            assertThat(model.graph().outputs()).extracting(Object::toString).containsExactly("product");
        }
    }

    @Test
    void aValueThatIsRepeatedFillsItsConstant() {
        GraphDef graph = new GraphMessage()
                .placeholder("x", -1)
                .floats("row", new float[] {10, 20}, 4)
                .add("Add", "sum", "x", "row")
                .message();
        assertThat(run(graph, Tensors.floats(new float[] {1, 2, 3, 4}, 4))).containsExactly(11, 22, 23, 24);
    }

    @Test
    void aConvolutionOfEvenSizePadsMoreAtTheEnd() {
        GraphDef graph = new GraphMessage()
                .placeholder("x", 1, 1, -1, 1)
                .floats("filter", new float[] {1, 10}, 1, 2, 1, 1)
                .add(node("Conv2D", "y", "x", "filter")
                        .putAttr("strides", numbers(1L, 1L, 1L, 1L))
                        .putAttr("padding", text("SAME")))
                .message();
        assertThat(run(graph, Tensors.floats(new float[] {1, 2, 3}, 1, 1, 3, 1)))
                .containsExactly(21, 32, 3);
    }

    @Test
    void depthwiseChannelsLieBesideEachOther() {
        GraphDef graph = new GraphMessage()
                .placeholder("x", 1, 1, 1, 2)
                .floats("filter", new float[] {1, 10, 100, 1000}, 1, 1, 2, 2)
                .add(node("DepthwiseConv2dNative", "y", "x", "filter")
                        .putAttr("strides", numbers(1L, 1L, 1L, 1L))
                        .putAttr("padding", text("VALID")))
                .floats("bias", new float[] {0, 1, 2, 3}, 4)
                .add("BiasAdd", "z", "y", "bias")
                .message();
        assertThat(run(graph, Tensors.floats(new float[] {3, 5}, 1, 1, 1, 2))).containsExactly(3, 31, 502, 5003);
    }

    @Test
    void attributesThatAreMissingHaveTheirDefaults() {
        GraphDef graph = new GraphMessage()
                .placeholder("x", -1)
                .add("LeakyRelu", "y", "x")
                .message();
        assertThat(run(graph, Tensors.floats(new float[] {-5, 5}, 2))).containsExactly(-1, 5);
    }

    @Test
    void normalizationIsByTheBatchWhereNothingElseIsSaid() {
        GraphDef graph = new GraphMessage()
                .placeholder("x", -1, 1, 1, 1)
                .floats("scale", new float[] {2}, 1)
                .floats("offset", new float[] {1}, 1)
                .floats("unused", new float[0], 0)
                .add("FusedBatchNormV3", "norm", "x", "scale", "offset", "unused", "unused")
                .add("Identity", "y", "norm:0")
                .message();
        float[] got = run(graph, Tensors.floats(new float[] {-3, 3}, 2, 1, 1, 1));
        assertThat(got[0]).isCloseTo(-1, within(1e-4f));
        assertThat(got[1]).isCloseTo(3, within(1e-4f));
    }

    @Test
    void anEmptyListOfAxesReducesNothing() {
        GraphDef graph = new GraphMessage()
                .placeholder("x", -1)
                .integers("axes", new int[0], 0)
                .add("Sum", "y", "x", "axes")
                .message();
        assertThat(run(graph, Tensors.floats(new float[] {1, 2}, 2))).containsExactly(1, 2);
    }

    @Test
    void shapesThatOnlyARunKnowsAreComputed() {
        GraphDef graph = new GraphMessage()
                .placeholder("x", -1, -1)
                .add("Shape", "shape", "x")
                .integers("begin", new int[] {0}, 1)
                .integers("end", new int[] {1}, 1)
                .integers("stride", new int[] {1}, 1)
                .add(node("StridedSlice", "batch", "shape", "begin", "end", "stride")
                        .putAttr("shrink_axis_mask", GraphMessage.number(1)))
                .integers("left", new int[] {-1})
                .add("Pack", "new_shape", "left", "batch")
                .add("Reshape", "y", "x", "new_shape")
                .message();
        Tensor got = GraphBed.run(graph, List.of(Tensors.floats(COUNTING, 2, 3)), true)
                .getFirst();
        assertThat(got.shape().dims()).containsExactly(3, 2);
    }

    @Test
    void aChainOfLayersHasNoTransposesInBetween() {
        GraphMessage graph = new GraphMessage()
                .placeholder("x", -1, 8, 8, 3)
                .integers("pads", new int[] {0, 0, 1, 1, 1, 1, 0, 0}, 4, 2)
                .add("Pad", "padded", "x", "pads")
                .floats("first", new float[] {0.5f}, 3, 3, 3, 8)
                .floats("second", new float[] {0.25f}, 3, 3, 8, 1)
                .floats("bias", new float[] {1}, 8)
                .floats("one", new float[] {1}, 8)
                .integers("axes", new int[] {1, 2}, 2)
                .add(convolution("Conv2D", "conv", "padded", "first", "VALID"))
                .add("BiasAdd", "biased", "conv", "bias")
                .add("Relu6", "relu", "biased")
                .add(convolution("DepthwiseConv2dNative", "deep", "relu", "second", "SAME"))
                .add(node("FusedBatchNormV3", "norm", "deep", "one", "bias", "bias", "one")
                        .putAttr(
                                "is_training",
                                AttrValue.newBuilder().setB(false).build()))
                .add("AddV2", "sum", "norm", "relu")
                .add("Mean", "y", "sum", "axes");
        assertThat(GraphBed.operators(graph.message()))
                .filteredOn("Transpose"::equals)
                .isEmpty();
    }

    private static NodeDef.Builder convolution(
            String operator, String name, String data, String filter, String padding) {
        return node(operator, name, data, filter)
                .putAttr("strides", numbers(1L, 1L, 1L, 1L))
                .putAttr("padding", text(padding));
    }

    @Test
    void branchesAreFunctions() {
        GraphDef graph = new GraphMessage()
                .placeholder("x")
                .floats("zero", new float[] {0})
                .add("Less", "negative", "x", "zero")
                .add(node("StatelessIf", "choice", "negative", "x")
                        .putAttr("then_branch", GraphMessage.function("minus"))
                        .putAttr("else_branch", GraphMessage.function("same")))
                .add("Identity", "y", "choice:0")
                .function(function("minus", List.of("a"), List.of("n:y:0"), node("Neg", "n", "a")))
                .function(function("same", List.of("a"), List.of("a")))
                .message();
        assertThat(run(graph, scalar(-2))).containsExactly(2);
        assertThat(run(graph, scalar(5))).containsExactly(5);
    }

    @Test
    void loopsRunWhileTheirConditionHolds() {
        GraphDef graph = new GraphMessage()
                .placeholder("x")
                .floats("limit", new float[] {100})
                .floats("factor", new float[] {3})
                .add(node("While", "loop", "x", "limit", "factor")
                        .putAttr("cond", GraphMessage.function("below"))
                        .putAttr("body", GraphMessage.function("grow")))
                .add("Identity", "y", "loop:0")
                .function(function("below", List.of("a", "b", "c"), List.of("l:z:0"), node("Less", "l", "a", "b")))
                .function(function(
                        "grow",
                        List.of("a", "b", "c"),
                        List.of("m:z:0", "b", "i:output:0"),
                        node("Mul", "m", "a", "c"),
                        node("Identity", "i", "c")))
                .message();
        assertThat(run(graph, scalar(2))).containsExactly(162);
        assertThat(run(graph, scalar(200))).containsExactly(200);
    }

    @Test
    void aLoopMayChangeAShape() {
        GraphDef graph = new GraphMessage()
                .placeholder("x", 1)
                .integers("limit", new int[] {4})
                .integers("axis", new int[] {0})
                .add(node("While", "loop", "x", "limit", "axis")
                        .putAttr("cond", GraphMessage.function("shorter"))
                        .putAttr("body", GraphMessage.function("twice")))
                .add("Identity", "y", "loop:0")
                .function(function(
                        "shorter",
                        List.of("a", "b", "c"),
                        List.of("l:z:0"),
                        node("Size", "s", "a"),
                        node("Less", "l", "s:output:0", "b")))
                .function(function(
                        "twice",
                        List.of("a", "b", "c"),
                        List.of("j:output:0", "b", "c"),
                        node("ConcatV2", "j", "a", "a", "c").putAttr("T", type(DataType.DT_FLOAT))))
                .message();
        assertThat(run(graph, Tensors.floats(new float[] {7}, 1))).containsExactly(7, 7, 7, 7);
    }

    @Test
    void casesThatAreNoNumberOfABranchTakeTheLast() {
        GraphMessage message = new GraphMessage()
                .placeholder("x")
                .add(node("Cast", "index", "x").putAttr("DstT", type(DataType.DT_INT32)));
        message.add(node("Case", "choice", "index", "x")
                .putAttr(
                        "branches",
                        AttrValue.newBuilder()
                                .setList(AttrValue.ListValue.newBuilder()
                                        .addFunc(GraphMessage.function("minus").getFunc())
                                        .addFunc(GraphMessage.function("square").getFunc()))
                                .build()));
        GraphDef graph = message.add("Identity", "y", "choice")
                .function(function("minus", List.of("a"), List.of("n:y:0"), node("Neg", "n", "a")))
                .function(function("square", List.of("a"), List.of("n:y:0"), node("Square", "n", "a")))
                .message();
        assertThat(run(graph, scalar(0))).containsExactly(-0f);
        assertThat(run(graph, scalar(1))).containsExactly(1);
        assertThat(run(graph, scalar(9))).containsExactly(81);
    }

    private static Tensor scalar(float number) {
        return Tensors.floats(new float[] {number}).withShape(Shape.SCALAR);
    }

    private static float[] run(GraphDef graph, Tensor... inputs) {
        float[] plain =
                GraphBed.floats(GraphBed.run(graph, List.of(inputs), false).getFirst());
        float[] optimized =
                GraphBed.floats(GraphBed.run(graph, List.of(inputs), true).getFirst());
        assertThat(optimized).containsExactly(plain);
        return plain;
    }
}
