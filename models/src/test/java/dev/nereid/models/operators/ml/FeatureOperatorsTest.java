package dev.nereid.models.operators.ml;

import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.ints;
import static dev.nereid.models.operators.Tensors.longs;
import static dev.nereid.models.operators.Tensors.strings;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.OperatorCase;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeatureOperatorsTest {
    private static OperatorCase operator(String name, int version) {
        return OperatorCase.of("ai.onnx.ml", name, version);
    }

    @Test
    void normalizesRows() {
        Tensor x = floats(new float[] {3, -4, 0, 0}, 2, 2);
        operator("Normalizer", 1).with("norm", "MAX").data(x).gives(floats(new float[] {1, -4f / 3, 0, 0}, 2, 2));
        operator("Normalizer", 1).with("norm", "L1").data(x).gives(floats(new float[] {3f / 7, -4f / 7, 0, 0}, 2, 2));
        operator("Normalizer", 1).with("norm", "L2").data(x).gives(floats(new float[] {0.6f, -0.8f, 0, 0}, 2, 2));
        operator("Normalizer", 1).data(ints(2, 4)).gives(floats(new float[] {0.5f, 1}));
    }

    @Test
    void scalesAllFeaturesAlikeOrEachByItsOwn() {
        Tensor x = floats(new float[] {1, 2, 3, 4}, 2, 2);
        operator("Scaler", 1)
                .with("offset", new float[] {1})
                .with("scale", new float[] {2})
                .data(x)
                .gives(floats(new float[] {0, 2, 4, 6}, 2, 2));
        operator("Scaler", 1)
                .with("offset", new float[] {1, 2})
                .with("scale", new float[] {1, 10})
                .data(x)
                .gives(floats(new float[] {0, 0, 2, 20}, 2, 2));
        assertThatThrownBy(() -> operator("Scaler", 1)
                        .with("scale", new float[] {1, 2, 3})
                        .data(x)
                        .run())
                .hasMessageContaining("expected 1 or 2 numbers");
    }

    /** As many rows as blocks of numbers are made for, one more, and so on. */
    @ParameterizedTest
    @CsvSource({"1, 20", "51, 20", "52, 20", "53, 20", "105, 20", "3, 1500", "2000, 1", "0, 3"})
    void scalesBatches(int rows, int features) {
        float[] offset = new float[features];
        float[] scale = new float[features];
        for (int i = 0; i < features; i++) {
            offset[i] = 0.1f * i - 3;
            scale[i] = 1 / (i + 0.7f);
        }
        float[] x = new float[rows * features];
        float[] each = new float[x.length];
        float[] oneOffset = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = 0.3f * (i % 101) - 11;
            each[i] = (x[i] - offset[i % features]) * scale[i % features];
            oneOffset[i] = (x[i] - 0.3f) * scale[i % features];
        }
        OperatorCase scaler = operator("Scaler", 1).with("scale", scale).data(floats(x, rows, features));
        scaler.with("offset", offset).gives(floats(each, rows, features));
        scaler.with("offset", new float[] {0.3f}).gives(floats(oneOffset, rows, features));
    }

    @Test
    void imputesMissingValues() {
        operator("Imputer", 1)
                .with("imputed_value_floats", new float[] {7, 8})
                .with("replaced_value_float", Float.NaN)
                .data(floats(new float[] {Float.NaN, 1, 2, Float.NaN}, 2, 2))
                .gives(floats(new float[] {7, 1, 2, 8}, 2, 2));
        operator("Imputer", 1)
                .with("imputed_value_int64s", new long[] {-1})
                .with("replaced_value_int64", 3)
                .data(longs(3, 4, 3))
                .gives(longs(-1, 4, -1));
    }

    @Test
    void binarizesIntegersToo() {
        operator("Binarizer", 1).with("threshold", 1.5f).data(ints(1, 2, -3)).gives(ints(0, 1, 0));
        operator("Binarizer", 1).data(floats(new float[] {0, -1, Float.NaN, 2})).gives(floats(new float[] {0, 0, 0, 1
        }));
    }

    @Test
    void encodesLabelsByTheirPlace() {
        operator("LabelEncoder", 1)
                .with("classes_strings", List.of("a", "b"))
                .data(strings("b", "x", "a"))
                .gives(longs(1, -1, 0));
        operator("LabelEncoder", 1)
                .with("classes_strings", List.of("a", "b"))
                .with("default_string", "?")
                .data(longs(1, 2))
                .gives(strings("b", "?"));
    }

    @Test
    void encodesLabelsByListsAndTensors() {
        operator("LabelEncoder", 2)
                .with("keys_floats", new float[] {1, 0})
                .with("values_strings", List.of("one", "zero"))
                .data(floats(new float[] {-0f, 1, 2}))
                .gives(strings("zero", "one", "_Unused"));
        operator("LabelEncoder", 4)
                .with("keys_tensor", floats(new float[] {Float.NaN, 2}))
                .with("values_int64s", new long[] {5, 6})
                .with("default_int64", 9)
                .data(floats(new float[] {Float.NaN, 2, 3}))
                .gives(longs(5, 6, 9));
        operator("LabelEncoder", 4)
                .with("keys_tensor", ints(3, 4))
                .with("values_tensor", ints(30, 40))
                .with("default_tensor", ints(-7))
                .data(ints(4, 5))
                .gives(ints(40, -7));
        assertThatThrownBy(() -> operator("LabelEncoder", 4)
                        .with("keys_int64s", new long[] {1})
                        .with("values_int64s", new long[] {1, 2})
                        .data(longs(1))
                        .run())
                .hasMessageContaining("1 keys and 2 values");
        assertThatThrownBy(() -> operator("LabelEncoder", 2)
                        .with("keys_strings", List.of("a"))
                        .with("values_int64s", new long[] {1})
                        .data(longs(1))
                        .run())
                .hasMessageContaining("as the keys are");
    }

    @Test
    void mapsCategoriesBothWays() {
        OperatorCase toNumbers = operator("CategoryMapper", 1)
                .with("cats_strings", List.of("cat", "dog"))
                .with("cats_int64s", new long[] {20, 30});
        toNumbers.data(strings("dog", "cow")).gives(longs(30, -1));
        operator("CategoryMapper", 1)
                .with("cats_strings", List.of("cat", "dog"))
                .with("cats_int64s", new long[] {20, 30})
                .data(longs(20, 21))
                .gives(strings("cat", "_Unused"));
    }

    @Test
    void encodesCategoriesOneHot() {
        operator("OneHotEncoder", 1)
                .with("cats_int64s", new long[] {5, 6})
                .data(floats(new float[] {6.9f, 1}, 1, 2))
                .gives(floats(new float[] {0, 1, 0, 0}, 1, 2, 2));
        operator("OneHotEncoder", 1)
                .with("cats_strings", List.of("x", "y"))
                .data(strings("x"))
                .gives(floats(new float[] {1, 0}, 1, 2));
        assertThatThrownBy(() -> operator("OneHotEncoder", 1)
                        .with("cats_strings", List.of("x"))
                        .with("zeros", 0)
                        .data(strings("z"))
                        .run())
                .hasMessageContaining("no category");
    }

    @Test
    void extractsFeaturesOfAnyType() {
        operator("ArrayFeatureExtractor", 1)
                .data(strings("a", "b", "c", "d").withShape(Shape.of(2, 2)))
                .argument(longs(1))
                .gives(strings("b", "d").withShape(Shape.of(2, 1)));
        operator("ArrayFeatureExtractor", 1)
                .data(ints(7, 8, 9))
                .argument(longs(2, 0))
                .gives(ints(9, 7).withShape(Shape.of(1, 2)));
        assertThatThrownBy(() -> operator("ArrayFeatureExtractor", 1)
                        .data(ints(7, 8, 9))
                        .argument(longs(3))
                        .run())
                .hasMessageContaining("index 3 is outside");
    }

    @Test
    void putsFeaturesSideBySide() {
        operator("FeatureVectorizer", 1)
                .with("inputdimensions", new long[] {1, 3})
                .data(floats(new float[] {1, 2, 3, 4}, 2, 2))
                .data(ints(5, 6, 7, 8).withShape(Shape.of(2, 2)))
                .gives(floats(new float[] {1, 5, 6, 0, 3, 7, 8, 0}, 2, 4));
    }
}
