package dev.nereid.models.operators.quantized;

import static dev.nereid.models.operators.Tensors.bytes;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.ints;
import static dev.nereid.models.operators.Tensors.longs;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.OperatorCase;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** The quantised operators of com.microsoft, with numbers that can be computed by hand. */
class MicrosoftOperatorsTest {
    private static OperatorCase operator(String name) {
        return OperatorCase.of("com.microsoft", name, 1);
    }

    private static Tensor scale(float value) {
        return floats(new float[] {value}).withShape(Shape.SCALAR);
    }

    private static Tensor unsigned(int... values) {
        return bytes(DataType.UINT8, values);
    }

    private static Tensor zero(int value) {
        return unsigned(value).withShape(Shape.SCALAR);
    }

    @Test
    void addsAndMultipliesWithBroadcasting() {
        // x = 1, 2, 3, 4 and y = 2, -2 in halves, with zero points 10 and 4.
        Tensor x = unsigned(12, 14, 16, 18).withShape(Shape.of(2, 2));
        operator("QLinearAdd")
                .data(x)
                .argument(scale(0.5f))
                .argument(zero(10))
                .data(unsigned(8, 0))
                .argument(scale(0.5f))
                .argument(zero(4))
                .argument(scale(1))
                .argument(zero(1))
                .gives(unsigned(4, 1, 6, 3).withShape(Shape.of(2, 2)));
        operator("QLinearMul")
                .data(x)
                .argument(scale(0.5f))
                .argument(zero(10))
                .data(unsigned(8, 0))
                .argument(scale(0.5f))
                .argument(zero(4))
                .argument(scale(1))
                .argument(zero(1))
                .gives(unsigned(3, 0, 7, 0).withShape(Shape.of(2, 2)));
    }

    @Test
    void aZeroPointThatIsLeftOutIsZero() {
        operator("QLinearLeakyRelu")
                .with("alpha", 0.5f)
                .data(bytes(DataType.INT8, -8, 4))
                .argument(scale(1))
                .absent()
                .argument(scale(2))
                .absent()
                .gives(bytes(DataType.INT8, -2, 2));
    }

    @Test
    void aProbabilityOfOneSaturates() {
        operator("QLinearSoftmax")
                .with("opset", 13)
                .data(unsigned(0, 200))
                .argument(scale(1))
                .argument(zero(0))
                .argument(scale(1 / 256f))
                .argument(zero(0))
                .gives(unsigned(0, 255));
    }

    @Test
    void poolsImagesWithTheirChannelsLast() {
        // Two channels, 1 2 3 4 and ten times that, pixel by pixel.
        Tensor image = unsigned(1, 10, 2, 20, 3, 30, 4, 40).withShape(Shape.of(1, 2, 2, 2));
        operator("QLinearGlobalAveragePool")
                .with("channels_last", 1)
                .data(image)
                .argument(scale(1))
                .argument(zero(0))
                .argument(scale(0.5f))
                .argument(zero(0))
                .gives(unsigned(5, 50).withShape(Shape.of(1, 1, 1, 2)));
        operator("QLinearAveragePool")
                .with("channels_last", 1)
                .with("kernel_shape", new long[] {1, 2})
                .data(image)
                .argument(scale(1))
                .argument(zero(0))
                .argument(scale(0.5f))
                .argument(zero(0))
                .gives(unsigned(3, 30, 7, 70).withShape(Shape.of(1, 2, 1, 2)));
    }

    @Test
    void convolvesImagesWithTheirChannelsLast() {
        operator("QLinearConv")
                .with("channels_last", 1)
                .data(unsigned(1, 10, 2, 20).withShape(Shape.of(1, 1, 2, 2)))
                .argument(scale(1))
                .argument(zero(0))
                .argument(unsigned(1, 0, 1, 1, 0, 2).withShape(Shape.of(3, 2, 1, 1)))
                .argument(scale(1))
                .argument(zero(0))
                .argument(scale(1))
                .argument(zero(0))
                .gives(unsigned(1, 11, 20, 2, 22, 40).withShape(Shape.of(1, 1, 2, 3)));
    }

    @Test
    void joinsTensorsOfDifferentScales() {
        operator("QLinearConcat")
                .with("axis", 0)
                .argument(scale(1))
                .argument(zero(1))
                .data(unsigned(4, 6))
                .argument(scale(0.5f))
                .argument(zero(0))
                .data(unsigned(5))
                .argument(scale(2))
                .argument(zero(3))
                .gives(unsigned(3, 4, 5));
    }

    @Test
    void averagesAlongAxes() {
        operator("QLinearReduceMean")
                .with("axes", new long[] {1})
                .with("keepdims", 0)
                .data(unsigned(1, 3, 10, 20).withShape(Shape.of(2, 2)))
                .argument(scale(1))
                .argument(zero(0))
                .argument(scale(1))
                .argument(zero(5))
                .gives(unsigned(7, 20));
    }

    @Test
    void selectsByACondition() {
        operator("QLinearWhere")
                .data(bytes(DataType.BOOL, 1, 0))
                .data(unsigned(4, 6))
                .argument(scale(0.5f))
                .argument(zero(0))
                .data(unsigned(8))
                .argument(scale(2))
                .argument(zero(3))
                .argument(scale(1))
                .argument(zero(0))
                .gives(unsigned(2, 10));
    }

    @Test
    void multipliesMatricesIntoFloatsOrBytes() {
        OperatorCase floating = operator("QGemm")
                .with("transB", 1)
                .with("alpha", 0.5f)
                .data(unsigned(1, 2, 3, 4).withShape(Shape.of(2, 2)))
                .argument(scale(1))
                .argument(zero(1))
                .data(unsigned(1, 0, 2, 1).withShape(Shape.of(2, 2)))
                .argument(floats(new float[] {1, 2}))
                .argument(unsigned(0, 0))
                .data(ints(4, -1));
        floating.gives(floats(new float[] {2, 0, 3, 6}, 2, 2));
        floating.argument(scale(0.5f))
                .argument(zero(1))
                .gives(unsigned(5, 1, 7, 13).withShape(Shape.of(2, 2)));
    }

    @Test
    void turnsAnIntegerProductIntoFloats() {
        operator("MatMulIntegerToFloat")
                .data(unsigned(1, 2).withShape(Shape.of(1, 2)))
                .data(bytes(DataType.INT8, 1, -1, 2, 3).withShape(Shape.of(2, 2)))
                .argument(scale(0.5f))
                .argument(floats(new float[] {2, 4}))
                .argument(zero(1))
                .absent()
                .argument(floats(new float[] {10, 20}))
                .gives(floats(new float[] {12, 26}, 1, 2));
    }

    @Test
    void multipliesShorts() {
        operator("MatMulInteger16")
                .data(shorts(300, -300).withShape(Shape.of(1, 2)))
                .data(shorts(1000, -2).withShape(Shape.of(2, 1)))
                .gives(ints(300_600).withShape(Shape.of(1, 1)));
    }

    @Test
    void namesWhatDoesNotSuit() {
        assertThatThrownBy(() -> operator("QLinearSigmoid")
                        .data(longs(1))
                        .argument(scale(1))
                        .absent()
                        .argument(scale(1))
                        .run())
                .hasMessageContaining("input 0: expected one of [UINT8, INT8], got INT64");
        assertThatThrownBy(() -> operator("QLinearSigmoid")
                        .data(unsigned(1))
                        .argument(floats(new float[] {1, 2}))
                        .absent()
                        .argument(scale(1))
                        .run())
                .hasMessageContaining("scale of shape [2]");
    }

    private static Tensor shorts(int... values) {
        MemorySegment segment = Arena.ofAuto().allocate(2L * values.length, 64);
        for (int i = 0; i < values.length; i++) {
            segment.set(ValueLayout.JAVA_SHORT, 2L * i, (short) values[i]);
        }
        return Tensor.of(DataType.INT16, Shape.of(values.length), segment);
    }
}
