package dev.nereid.models.pytorch.aten;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Tensors of any type whose numbers are written as Python writes them. */
final class TorchNumbers {
    private TorchNumbers() {}

    static double number(String text) {
        return switch (text) {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> Double.parseDouble(text);
        };
    }

    static Tensor tensor(DataType type, List<Long> dims, List<String> numbers) {
        Shape shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        if (shape.elements() != numbers.size()) {
            throw new IllegalArgumentException(numbers.size() + " numbers for a tensor of shape " + shape);
        }
        MemorySegment memory = Arena.ofAuto().allocate(Math.max(8, shape.elements() * type.bytes()), 64);
        for (int i = 0; i < numbers.size(); i++) {
            String text = numbers.get(i);
            switch (type) {
                case FP64 -> memory.setAtIndex(ValueLayout.JAVA_DOUBLE, i, number(text));
                case FP32 -> memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) number(text));
                case FP16 -> memory.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16((float) number(text)));
                // Numbers of the cases are exact in BF16: the upper half of an FP32 number.
                case BF16 ->
                    memory.setAtIndex(
                            ValueLayout.JAVA_SHORT, i, (short) (Float.floatToIntBits((float) number(text)) >>> 16));
                default -> setInteger(memory, type.bytes(), i, Long.parseLong(text));
            }
        }
        return Tensor.of(type, shape, memory);
    }

    private static void setInteger(MemorySegment memory, int bytes, int index, long value) {
        switch (bytes) {
            case 1 -> memory.set(ValueLayout.JAVA_BYTE, index, (byte) value);
            case 2 -> memory.setAtIndex(ValueLayout.JAVA_SHORT, index, (short) value);
            case 4 -> memory.setAtIndex(ValueLayout.JAVA_INT, index, (int) value);
            default -> memory.setAtIndex(ValueLayout.JAVA_LONG, index, value);
        }
    }

    /** Checks datatype, shape and numbers; those of integers must be equal. */
    static void check(String what, Tensor got, Tensor wanted, double tolerance) {
        assertThat(got.dataType() + " " + got.shape()).as(what).isEqualTo(wanted.dataType() + " " + wanted.shape());
        if (!got.dataType().isFloat()) {
            assertThat(Tensors.text(got)).as(what).isEqualTo(Tensors.text(wanted));
            return;
        }
        for (int i = 0; i < got.shape().elements(); i++) {
            double number = real(got, i);
            double right = real(wanted, i);
            boolean close = Double.compare(number, right) == 0
                    || number == right
                    || (Math.abs(number - right) <= tolerance * (1 + Math.abs(right)) && Double.isFinite(right));
            assertThat(close)
                    .as("%s, element %d: expected %s, got %s", what, i, right, number)
                    .isTrue();
        }
    }

    private static double real(Tensor tensor, int index) {
        MemorySegment memory = tensor.segment();
        return switch (tensor.dataType()) {
            case FP64 -> memory.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8L * index);
            case FP32 -> memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * index);
            case FP16 -> Float.float16ToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * index));
            case BF16 -> Float.intBitsToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * index) << 16);
            default -> throw new IllegalArgumentException("no reals: " + tensor.dataType());
        };
    }
}
