package dev.nereid.models.tensorflow.frozen;

import static dev.nereid.models.tensorflow.frozen.GraphMessage.node;
import static dev.nereid.models.tensorflow.frozen.GraphMessage.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.proto.tensorflow.AttrValue;
import dev.nereid.proto.tensorflow.BytesList;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.Example;
import dev.nereid.proto.tensorflow.Feature;
import dev.nereid.proto.tensorflow.FloatList;
import dev.nereid.proto.tensorflow.Int64List;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Features of serialized examples: a float pair with a default, and an integer and a string that every example must have. */
class ParseExampleTest {
    private static final Feature PAIR = Feature.newBuilder()
            .setFloatList(FloatList.newBuilder().addValue(1.5f).addValue(-2))
            .build();
    private static final Feature COUNT = Feature.newBuilder()
            .setInt64List(Int64List.newBuilder().addValue(7))
            .build();
    private static final Feature NAME = Feature.newBuilder()
            .setBytesList(BytesList.newBuilder().addValue(ByteString.copyFromUtf8("é")))
            .build();

    private static GraphMessage base() {
        return new GraphMessage()
                .add(node("Placeholder", "serialized")
                        .putAttr("dtype", GraphMessage.type(DataType.DT_STRING))
                        .putAttr(
                                "shape",
                                AttrValue.newBuilder().setShape(shape(-1)).build()))
                .constant("names", strings())
                .floats("pair_default", new float[] {8, 9}, 2)
                .constant(
                        "count_default",
                        TensorProto.newBuilder()
                                .setDtype(DataType.DT_INT64)
                                .setTensorShape(shape(0))
                                .build())
                .constant("name_default", strings());
    }

    private static TensorProto strings(String... values) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setDtype(DataType.DT_STRING).setTensorShape(shape(values.length));
        for (String value : values) {
            tensor.addStringVal(ByteString.copyFromUtf8(value));
        }
        return tensor.build();
    }

    private static AttrValue types(DataType... types) {
        return AttrValue.newBuilder()
                .setList(AttrValue.ListValue.newBuilder().addAllType(List.of(types)))
                .build();
    }

    private static AttrValue shapes(long... sizeOfTheFirst) {
        return AttrValue.newBuilder()
                .setList(AttrValue.ListValue.newBuilder()
                        .addShape(shape(sizeOfTheFirst))
                        .addShape(shape())
                        .addShape(shape(1)))
                .build();
    }

    private static GraphMessage first() {
        return base().constant("pair", strings("pair"))
                .constant("count", strings("count"))
                .constant("name", strings("größe"))
                .add(node(
                                "ParseExample",
                                "parsed",
                                "serialized",
                                "names",
                                "pair",
                                "count",
                                "name",
                                "pair_default",
                                "count_default",
                                "name_default")
                        .putAttr("Nsparse", GraphMessage.number(0))
                        .putAttr("Tdense", types(DataType.DT_FLOAT, DataType.DT_INT64, DataType.DT_STRING))
                        .putAttr("dense_shapes", shapes(2)))
                .add("Identity", "y0", "parsed:0")
                .add("Identity", "y1", "parsed:1")
                .add("Identity", "y2", "parsed:2");
    }

    private static GraphMessage second(long ragged, long... sizeOfTheFirst) {
        return base().constant("none", strings())
                .constant("keys", strings("pair", "count", "größe"))
                .add(node(
                                "ParseExampleV2",
                                "parsed",
                                "serialized",
                                "names",
                                "none",
                                "keys",
                                "none",
                                "pair_default",
                                "count_default",
                                "name_default")
                        .putAttr("num_sparse", GraphMessage.number(0))
                        .putAttr("ragged_value_types", ragged == 0 ? types() : types(DataType.DT_FLOAT))
                        .putAttr("Tdense", types(DataType.DT_FLOAT, DataType.DT_INT64, DataType.DT_STRING))
                        .putAttr("dense_shapes", shapes(sizeOfTheFirst)))
                .add("Identity", "y0", "parsed:0")
                .add("Identity", "y1", "parsed:1")
                .add("Identity", "y2", "parsed:2");
    }

    private static byte[] example(Feature pair, Feature count, Feature name) {
        Example.Builder example = Example.newBuilder();
        example.getFeaturesBuilder()
                .putFeature("pair", pair)
                .putFeature("count", count)
                .putFeature("größe", name);
        return example.build().toByteArray();
    }

    private static List<Tensor> run(GraphMessage graph, byte[]... examples) {
        return GraphBed.run(graph.message(), List.of(Tensor.ofStrings(Shape.of(examples.length), examples)), true);
    }

    @Test
    void featuresBecomeTensorsOfAllExamples() {
        for (GraphMessage graph : List.of(first(), second(0, 2))) {
            List<Tensor> features =
                    run(graph, example(PAIR, COUNT, NAME), example(Feature.getDefaultInstance(), COUNT, NAME));
            assertThat(features.get(0).shape()).isEqualTo(Shape.of(2, 2));
            assertThat(GraphBed.floats(features.get(0))).containsExactly(1.5f, -2, 8, 9);
            assertThat(features.get(1).shape()).isEqualTo(Shape.of(2));
            assertThat(features.get(1).segment().getAtIndex(ValueLayout.JAVA_LONG, 1))
                    .isEqualTo(7);
            assertThat(features.get(2).shape()).isEqualTo(Shape.of(2, 1));
            assertThat(new String(features.get(2).strings()[1], StandardCharsets.UTF_8))
                    .isEqualTo("é");
        }
    }

    @Test
    void noExamplesGiveNoRows() {
        List<Tensor> features = run(first());
        assertThat(features.get(0).shape()).isEqualTo(Shape.of(0, 2));
        assertThat(features.get(2).shape()).isEqualTo(Shape.of(0, 1));
    }

    @Test
    void badExamplesAreNamed() {
        assertRefused(
                "example 1: Feature: count (data type: INT64) is required",
                first(),
                example(PAIR, COUNT, NAME),
                example(PAIR, Feature.getDefaultInstance(), NAME));
        assertRefused(
                "example 0: Key: pair. Data types don't match. Expected type: FP32, got INT64",
                first(),
                example(COUNT, COUNT, NAME));
        assertRefused(
                "example 0: Key: pair. Number of values 1",
                second(0, 2),
                example(
                        Feature.newBuilder()
                                .setFloatList(FloatList.newBuilder().addValue(1))
                                .build(),
                        COUNT,
                        NAME));
        assertRefused("Could not parse example input 0", first(), new byte[] {10, 100, 1});
    }

    private static void assertRefused(String text, GraphMessage graph, byte[]... examples) {
        assertThatThrownBy(() -> run(graph, examples))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining(text);
    }

    @Test
    void whatIsNotOfOneShapeIsRefusedAtLoad() {
        assertThatThrownBy(() -> run(second(0, -1)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("feature 'pair' may have any length");
        assertThatThrownBy(() -> run(second(1, 2)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("it reads 1 ragged features");
    }
}
