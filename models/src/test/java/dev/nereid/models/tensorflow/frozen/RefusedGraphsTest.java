package dev.nereid.models.tensorflow.frozen;

import static dev.nereid.models.tensorflow.frozen.GraphMessage.function;
import static dev.nereid.models.tensorflow.frozen.GraphMessage.node;
import static dev.nereid.models.tensorflow.frozen.GraphMessage.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.TensorProto;
import java.util.List;
import org.junit.jupiter.api.Test;

class RefusedGraphsTest {
    @Test
    void aCycleIsRefused() {
        refused(
                new GraphMessage()
                        .placeholder("x", 2)
                        .add("Add", "a", "x", "b")
                        .add("Neg", "b", "a")
                        .add("Abs", "y", "a"),
                "is part of a cycle");
    }

    @Test
    void anUnknownOperatorIsNamedWithItsNode() {
        refused(
                new GraphMessage().placeholder("x", 2).add("Frobnicate", "layer/one", "x"),
                "Frobnicate node 'layer/one'");
    }

    @Test
    void contentOfAnotherSizeThanTheShapeIsRefused() {
        refused(
                constant(TensorProto.newBuilder()
                        .setTensorShape(shape(3))
                        .setTensorContent(ByteString.copyFrom(new byte[8]))),
                "8 bytes of content: expected 12");
    }

    @Test
    void aValueThatFillsTooMuchMemoryIsRefused() {
        refused(
                constant(TensorProto.newBuilder()
                        .setTensorShape(shape(1 << 20, 1 << 20))
                        .addFloatVal(1)),
                "repeats a value too often");
    }

    @Test
    void aShapeThatNoNumberCountsIsRefused() {
        refused(
                constant(TensorProto.newBuilder().setTensorShape(shape(1L << 40, 1L << 40))),
                "has an impossible shape");
        refused(constant(TensorProto.newBuilder().setTensorShape(shape(-1))), "has an impossible shape");
    }

    @Test
    void moreValuesThanElementsAreRefused() {
        refused(
                constant(TensorProto.newBuilder()
                        .setTensorShape(shape(1))
                        .addFloatVal(1)
                        .addFloatVal(2)),
                "has 2 values");
    }

    @Test
    void anInputThatIsNotThereIsRefused() {
        refused(new GraphMessage().placeholder("x", 2).add("Add", "y", "x", "nobody"), "there is no node 'nobody'");
    }

    @Test
    void anOutputThatANodeDoesNotHaveIsRefused() {
        refused(
                new GraphMessage().placeholder("x", 2).add("Neg", "n", "x").add("Abs", "y", "n:4"),
                "'y' reads 'n:4': node 'n' gives 1 values");
    }

    @Test
    void tooFewInputsAreRefused() {
        refused(new GraphMessage().placeholder("x", 2).add("Add", "y", "x"), "Add node 'y': it has 1 inputs");
    }

    @Test
    void twoNodesOfOneNameAreRefused() {
        refused(
                new GraphMessage().placeholder("x", 2).add("Neg", "y", "x").add("Abs", "y", "x"),
                "two nodes are named 'y'");
    }

    @Test
    void anAttributeOfAnotherKindIsRefused() {
        refused(
                new GraphMessage()
                        .placeholder("x", 2)
                        .add(node("LeakyRelu", "y", "x").putAttr("alpha", GraphMessage.number(3))),
                "attribute 'alpha': expected F, got I");
    }

    @Test
    void functionsThatCallEachOtherForEverAreRefused() {
        refused(
                new GraphMessage()
                        .placeholder("x")
                        .add(node("PartitionedCall", "y", "x").putAttr("f", GraphMessage.function("again")))
                        .function(function(
                                "again",
                                List.of("a"),
                                List.of("c:output:0"),
                                node("PartitionedCall", "c", "a").putAttr("f", GraphMessage.function("again")))),
                "recursion is not supported");
    }

    @Test
    void aGraphWithoutNodesIsRefused() {
        refused(new GraphMessage(), "no nodes");
    }

    @Test
    void beginningsOfGraphsAreKnown() {
        byte[] file = new GraphMessage().placeholder("x", 2).message().toByteArray();
        assertThat(FrozenGraphImporter.reads(file)).isTrue();
        assertThat(FrozenGraphImporter.reads(new byte[] {8, 1, 0x12, 4, 0, 0, 0}))
                .isFalse();
        assertThat(FrozenGraphImporter.reads(new byte[0])).isFalse();
    }

    private static GraphMessage constant(TensorProto.Builder tensor) {
        return new GraphMessage()
                .constant("c", tensor.setDtype(DataType.DT_FLOAT).build())
                .add("Abs", "y", "c");
    }

    private static void refused(GraphMessage graph, String message) {
        assertThatThrownBy(() -> FrozenGraphImporter.load(
                                graph.message().toByteArray(), ModelLoader.operators(), DeclaredPorts.NONE)
                        .close())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }
}
