package dev.nereid.models.operators.attention;

import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Small tensors of any float type, and their numbers. */
public final class Floats {
    private Floats() {}

    public static Tensor of(DataType type, double[] values, long... dims) {
        Tensor tensor = Tensor.of(
                type, Shape.of(dims), Arena.ofAuto().allocate(Math.max(8, (long) values.length * type.bytes()), 64));
        for (int i = 0; i < values.length; i++) {
            RealNumbers.set(tensor, i, values[i]);
        }
        return tensor;
    }

    /** Numbers from -1 to 1, the same for the same seed. */
    public static Tensor random(DataType type, long seed, long... dims) {
        Random random = new Random(seed);
        double[] values = new double[Math.toIntExact(Shape.of(dims).elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = 2 * random.nextDouble() - 1;
        }
        return of(type, values, dims);
    }

    public static Tensor floats(long seed, long... dims) {
        return random(DataType.FP32, seed, dims);
    }

    public static double[] values(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (tensor.dataType()) {
                case BOOL, INT8 -> tensor.segment().get(ValueLayout.JAVA_BYTE, i);
                case UINT8 -> Byte.toUnsignedInt(tensor.segment().get(ValueLayout.JAVA_BYTE, i));
                case INT32 -> tensor.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
                default -> RealNumbers.at(tensor, i);
            };
        }
        return values;
    }
}
