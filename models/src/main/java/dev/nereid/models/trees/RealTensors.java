package dev.nereid.models.trees;

import dev.nereid.models.imported.ImportMemory;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Tensors of real numbers in the type that a model computes in. */
final class RealTensors {
    private RealTensors() {}

    /** @param type FP32 or FP64 */
    static Tensor tensor(double[] values, Shape shape, DataType type, ImportMemory memory) {
        MemorySegment segment = memory.allocate((long) values.length * type.bytes());
        for (int i = 0; i < values.length; i++) {
            if (type == DataType.FP64) {
                segment.setAtIndex(ValueLayout.JAVA_DOUBLE, i, values[i]);
            } else {
                segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) values[i]);
            }
        }
        return Tensor.of(type, shape, segment);
    }
}
