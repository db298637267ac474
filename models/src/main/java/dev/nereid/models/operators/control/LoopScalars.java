package dev.nereid.models.operators.control;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/** Conditions and trip counts of If and Loop: tensors of one element. */
final class LoopScalars {
    private LoopScalars() {}

    /** @throws ModelFormatException if the type is another datatype's, or has certainly not one element */
    static void require(ValueType type, DataType dataType, String what) {
        TensorType tensor = type.asTensor(what);
        boolean single = tensor.shape().map(shape -> shape.elements() == 1).orElse(true);
        if (tensor.dataType() != dataType || !single) {
            throw new ModelFormatException(what + ": expected one element of " + dataType + ", got " + tensor);
        }
    }

    static boolean condition(Tensor tensor, String what) {
        requireOne(tensor, DataType.BOOL, what);
        return tensor.segment().get(ValueLayout.JAVA_BYTE, 0) != 0;
    }

    static long count(Tensor tensor, String what) {
        requireOne(tensor, DataType.INT64, what);
        return tensor.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    private static void requireOne(Tensor tensor, DataType dataType, String what) {
        if (tensor.dataType() != dataType || tensor.shape().elements() != 1) {
            throw new IllegalArgumentException(
                    what + ": expected one element of " + dataType + ", got " + tensor.dataType() + tensor.shape());
        }
    }
}
