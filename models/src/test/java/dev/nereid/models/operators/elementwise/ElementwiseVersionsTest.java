package dev.nereid.models.operators.elementwise;

import static dev.nereid.models.operators.Tensors.bytes;
import static dev.nereid.models.operators.Tensors.counting;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.ints;
import static dev.nereid.models.operators.Tensors.longs;
import static dev.nereid.models.operators.Tensors.strings;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.OperatorCase;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Old forms of elementwise operators, and the numbers at the edges of their types. */
class ElementwiseVersionsTest {
    private static final float NAN = Float.NaN;
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    @Test
    void oldOperandsAreAlignedByAnAxis() {
        OperatorCase.of("Add", 6)
                .with("broadcast", 1)
                .with("axis", 0)
                .data(counting(2, 3))
                .data(floats(new float[] {10, 20}))
                .gives(floats(new float[] {10, 11, 12, 23, 24, 25}, 2, 3));
        OperatorCase.of("Mul", 1)
                .with("broadcast", 1)
                .with("axis", 1)
                .with("consumed_inputs", new long[] {0, 0})
                .data(counting(1, 2, 2))
                .data(floats(new float[] {2, 3}))
                .gives(floats(new float[] {0, 2, 6, 9}, 1, 2, 2));
        OperatorCase.of("Less", 1)
                .with("broadcast", 1)
                .with("axis", 0)
                .data(counting(2, 2))
                .data(floats(new float[] {1, 3}))
                .gives(bytes(DataType.BOOL, 1, 0, 1, 0).withShape(Shape.of(2, 2)));
        OperatorCase.of("PRelu", 6)
                .data(floats(new float[] {-1, -2, -3, -4}, 1, 2, 2))
                .data(floats(new float[] {10, 100}))
                .gives(floats(new float[] {-10, -20, -300, -400}, 1, 2, 2));
    }

    @Test
    void theFirstCastNamesItsType() {
        OperatorCase.of("Cast", 1)
                .with("to", "INT32")
                .data(floats(new float[] {1.9f, -1.9f}))
                .gives(ints(1, -1));
        OperatorCase.of("Cast", 5).with("to", "FLOAT").data(ints(3)).gives(floats(new float[] {3}));
        OperatorCase unknown = OperatorCase.of("Cast", 1).with("to", "QUAD").data(ints(3));
        assertThatThrownBy(unknown::run).hasMessageContaining("'QUAD'");
    }

    @Test
    void bitsAreKept() {
        OperatorCase.of("BitCast", 26)
                .with("to", 6)
                .data(floats(new float[] {1, -0f, NAN}))
                .gives(ints(0x3f800000, 0x80000000, 0x7fc00000));
        OperatorCase.of("BitCast", 26)
                .with("to", 22)
                .data(bytes(DataType.UINT4, 15, 7, 8))
                .gives(bytes(DataType.INT4, -1, 7, -8));
        OperatorCase.of("BitCast", 26)
                .with("to", 25)
                .data(bytes(DataType.INT2, -1, -2, 1))
                .gives(bytes(DataType.UINT2, 3, 2, 1));
        OperatorCase other = OperatorCase.of("BitCast", 26).with("to", 7).data(ints(1));
        assertThatThrownBy(other::run).hasMessageContaining("32 bits of INT32").hasMessageContaining("INT64");
    }

    @Test
    void clipsByAttributesAndByInputs() {
        OperatorCase.of("Clip", 6)
                .with("min", 0f)
                .with("max", 1f)
                .data(floats(new float[] {-1, 0.5f, 2, NAN}))
                .gives(floats(new float[] {0, 0.5f, 1, NAN}));
        OperatorCase.of("Clip", 13)
                .data(longs(-5, 0, 5))
                .absent()
                .argument(longs(1).withShape(Shape.SCALAR))
                .gives(longs(-5, 0, 1));
    }

    @Test
    void divisionByZeroGivesZeroForIntegersAndNeverEndsTheProcess() {
        OperatorCase.of("Div", 14)
                .data(ints(7, Integer.MIN_VALUE))
                .data(ints(0, -1))
                .gives(ints(0, Integer.MIN_VALUE));
        OperatorCase.of("Mod", 13)
                .data(longs(7, Long.MIN_VALUE, -7))
                .data(longs(0, -1, 3))
                .gives(longs(0, 0, 2));
        OperatorCase.of("Mod", 13)
                .with("fmod", 1)
                .data(longs(7, Long.MIN_VALUE, -7))
                .data(longs(0, -1, 3))
                .gives(longs(0, 0, -1));
        OperatorCase.of("Div", 14)
                .data(bytes(DataType.UINT8, 200, 9))
                .data(bytes(DataType.UINT8, 3, 0))
                .gives(bytes(DataType.UINT8, 66, 0));
    }

    @Test
    void integersWrap() {
        OperatorCase.of("Add", 14).data(ints(Integer.MAX_VALUE)).data(ints(1)).gives(ints(Integer.MIN_VALUE));
        OperatorCase.of("Mul", 14)
                .data(bytes(DataType.UINT8, 200))
                .data(bytes(DataType.UINT8, 2))
                .gives(bytes(DataType.UINT8, 144));
        OperatorCase.of("Neg", 13).data(bytes(DataType.INT8, -128)).gives(bytes(DataType.INT8, -128));
    }

    @Test
    void unsignedShiftsBeyondTheWidthGiveZero() {
        OperatorCase.of("BitShift", 11)
                .with("direction", "RIGHT")
                .data(bytes(DataType.UINT8, 255, 255))
                .data(bytes(DataType.UINT8, 4, 200))
                .gives(bytes(DataType.UINT8, 15, 0));
        OperatorCase.of("BitShift", 11)
                .with("direction", "LEFT")
                .data(bytes(DataType.UINT8, 255, 255))
                .data(bytes(DataType.UINT8, 4, 8))
                .gives(bytes(DataType.UINT8, 240, 0));
    }

    @Test
    void nanPropagates() {
        OperatorCase.of("Max", 13)
                .data(floats(new float[] {1, NAN, 3}))
                .data(floats(new float[] {NAN, 2, 4}))
                .gives(floats(new float[] {NAN, NAN, 4}));
        OperatorCase.of("Min", 13)
                .data(floats(new float[] {1, NAN}))
                .data(floats(new float[] {NAN, 2}))
                .gives(floats(new float[] {NAN, NAN}));
        for (String operator : new String[] {"Sign", "Round", "Relu", "Floor", "Abs", "Sqrt", "Exp", "Tanh"}) {
            OperatorCase.of(operator, 14).data(floats(new float[] {NAN})).gives(floats(new float[] {NAN}));
        }
    }

    @Test
    void halvesGoToTheEvenNeighbour() {
        OperatorCase.of("Round", 22)
                .data(floats(new float[] {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, INFINITY, 8388609f}))
                .gives(floats(new float[] {0, 2, 2, -0f, -2, INFINITY, 8388609f}));
    }

    @Test
    void integersTakeErfAndShrink() {
        OperatorCase.of("Shrink", 9)
                .with("lambd", 1.5f)
                .with("bias", 1f)
                .data(ints(-3, -1, 0, 1, 3))
                .gives(ints(-2, 0, 0, 0, 2));
        OperatorCase.of("Erf", 13).data(longs(-9, 0, 9)).gives(longs(-1, 0, 1));
    }

    @Test
    void powersKeepTheTypeOfTheBase() {
        OperatorCase.of("Pow", 15)
                .data(floats(new float[] {3, -2}))
                .argument(longs(2).withShape(Shape.SCALAR))
                .gives(floats(new float[] {9, 4}));
        OperatorCase.of("Pow", 15)
                .data(ints(2, 9))
                .data(floats(new float[] {3, 0.5f}))
                .gives(ints(8, 3));
    }

    @Test
    void selectsComplexNumbers() {
        Tensor x = complex(1, 2, 3, 4);
        OperatorCase.of("Where", 16)
                .data(bytes(DataType.BOOL, 1, 0))
                .data(x)
                .data(complex(9, 8, 7, 6))
                .outputs(1)
                .gives(complex(1, 2, 7, 6));
    }

    private static Tensor complex(double... parts) {
        MemorySegment segment = Arena.ofAuto().allocate(8L * parts.length, 8);
        MemorySegment.copy(parts, 0, segment, ValueLayout.JAVA_DOUBLE, 0, parts.length);
        return Tensor.of(DataType.COMPLEX128, Shape.of(parts.length / 2), segment);
    }

    @Test
    void refusesTypesThatARowDoesNotName() {
        OperatorCase sine = OperatorCase.of("Sin", 7).data(ints(1));
        assertThatThrownBy(sine::run).hasMessageContaining("Sin").hasMessageContaining("got INT32");
        OperatorCase mixed = OperatorCase.of("Where", 16)
                .data(bytes(DataType.BOOL, 1))
                .data(ints(1))
                .data(longs(1));
        assertThatThrownBy(mixed::run).hasMessageContaining("input 2: expected INT32 as input 1, got INT64");
        OperatorCase text = OperatorCase.of("Add", 14).data(strings("a")).data(strings("b"));
        assertThatThrownBy(text::run).hasMessageContaining("got STRING");
    }
}
