package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.FlatParts.integers;
import static dev.nereid.models.tflite.FlatParts.table;
import static dev.nereid.models.tflite.TfliteModels.FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Operators of floats on tensors so small that the results can be seen. */
class TfliteFloatsTest {
    /** An image of [1, 3, 3, 1] with 1 to 9. */
    private static double image(int place) {
        return place + 1;
    }

    @Test
    void aConvolutionPadsAtTheEndFirstAndAppliesItsActivation() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(FLOAT, 1, 3, 3, 1);
        int weight = model.floats(new int[] {1, 2, 2, 1}, 1, 2, 3, 4);
        int bias = model.floats(new int[] {1}, -30);
        int y = model.tensor(FLOAT, 1, 3, 3, 1);
        byte[] file = model.operator(
                        "CONV_2D",
                        table().with(0, (byte) 0).with(1, 1).with(2, 1).with(3, (byte) 1),
                        y,
                        x,
                        weight,
                        bias)
                .file(y, x);
        assertThat(TfliteModels.run(file, TfliteFloatsTest::image)).containsExactly(7, 17, 0, 37, 47, 3, 0, 0, 0);
    }

    @Test
    void aDepthwiseConvolutionHasSeveralOutputsAChannel() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(FLOAT, 1, 1, 2, 2);
        int weight = model.floats(new int[] {1, 1, 1, 4}, 1, 10, 100, 1000);
        int y = model.tensor(FLOAT, 1, 1, 2, 4);
        byte[] file = model.operator(
                        "DEPTHWISE_CONV_2D",
                        table().with(0, (byte) 1).with(1, 1).with(2, 1).with(3, 2),
                        y,
                        x,
                        weight,
                        -1)
                .file(y, x);
        assertThat(TfliteModels.run(file, TfliteFloatsTest::image)).containsExactly(1, 10, 200, 2000, 3, 30, 400, 4000);
    }

    @Test
    void mediaPipesTransposedConvolutionAddsItsBias() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(FLOAT, 1, 1, 2, 1);
        int weight = model.floats(new int[] {1, 2, 2, 1}, 1, 2, 3, 4);
        int bias = model.floats(new int[] {1}, 100);
        int y = model.tensor(FLOAT, 1, 2, 4, 1);
        byte[] options = ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(1)
                .putInt(2)
                .putInt(2)
                .array();
        byte[] file = model.custom("Convolution2DTransposeBias", options, y, x, weight, bias)
                .file(y, x);
        assertThat(TfliteModels.run(file, TfliteFloatsTest::image))
                .containsExactly(101, 102, 102, 104, 103, 104, 106, 108);
    }

    @Test
    void anAverageDoesNotCountWhatIsBeyondTheEdge() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(FLOAT, 1, 3, 3, 1);
        int y = model.tensor(FLOAT, 1, 2, 2, 1);
        byte[] file = model.operator(
                        "AVERAGE_POOL_2D",
                        table().with(0, (byte) 0)
                                .with(1, 2)
                                .with(2, 2)
                                .with(3, 2)
                                .with(4, 2),
                        y,
                        x)
                .file(y, x);
        assertThat(TfliteModels.run(file, TfliteFloatsTest::image)).containsExactly(3, 4.5, 7.5, 9);
    }

    @Test
    void aFullyConnectedLayerTakesAnImageAsOneRow() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(FLOAT, 1, 1, 1, 3);
        int weight = model.floats(new int[] {2, 3}, 1, 2, 3, -1, -2, -3);
        int y = model.tensor(FLOAT, 1, 2);
        byte[] file =
                model.operator("FULLY_CONNECTED", table(), y, x, weight, -1).file(y, x);
        assertThat(TfliteModels.run(file, TfliteFloatsTest::image)).containsExactly(14, -14);
    }

    @Test
    void aStridedSliceFollowsItsMasks() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(FLOAT, 2, 3);
        int y = model.tensor(FLOAT, 1, 2);
        // x[newaxis, 1, ::-2]
        byte[] file = model.operator(
                        "STRIDED_SLICE",
                        table().with(0, 4).with(1, 4).with(3, 1).with(4, 2),
                        y,
                        x,
                        model.numbers(0, 1, 0),
                        model.numbers(0, 2, 0),
                        model.numbers(1, 1, -2))
                .file(y, x);
        assertThat(TfliteModels.run(file, TfliteFloatsTest::image)).containsExactly(6, 4);
    }

    @Test
    void operatorsFollowOneAnother() {
        TfliteModels model = new TfliteModels();
        int x = model.tensor(FLOAT, 1, 2);
        int sum = model.tensor(FLOAT, 1, 2);
        int squeezed = model.tensor(FLOAT, 2);
        int y = model.tensor(FLOAT, 2);
        byte[] file = model.operator("ADD", table(), sum, x, model.floats(new int[] {2}, 1, -9))
                .operator("SQUEEZE", table().with(0, integers(0)), squeezed, sum)
                .operator("RELU6", table(), y, squeezed)
                .file(y, x);
        assertThat(TfliteModels.run(file, place -> 4 + 4 * place)).containsExactly(5, 0);
    }
}
