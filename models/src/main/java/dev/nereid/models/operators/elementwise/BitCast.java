package dev.nereid.models.operators.elementwise;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** ONNX BitCast: the same bits as elements of another type of as many bits. */
final class BitCast implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        DataType from = in.type(0).dataType();
        DataType to = target(in);
        if (from == DataType.STRING || to == DataType.STRING || bits(from) != bits(to)) {
            throw new ModelFormatException("to: expected a type of the " + bits(from) + " bits of " + from + ", got "
                    + to + " of " + bits(to));
        }
        return List.of(in.type(0).withDataType(to));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType to = target(lowering);
        lowering.step(run -> {
            Tensor x = run.input(0);
            MemorySegment y = run.output(0).segment();
            if (bits(to) >= Byte.SIZE) {
                MemorySegment.copy(x.segment(), 0, y, 0, x.byteSize());
            } else {
                // In memory such an element is a whole byte, which holds its value.
                int unused = Integer.SIZE - bits(to);
                for (long i = 0; i < x.shape().elements(); i++) {
                    int high = x.segment().get(ValueLayout.JAVA_BYTE, i) << unused;
                    int value = to.kind() == DataType.Kind.SIGNED ? high >> unused : high >>> unused;
                    y.set(ValueLayout.JAVA_BYTE, i, (byte) value);
                }
            }
        });
    }

    private static DataType target(Inference in) {
        return OnnxTypes.dataType(in.attributes()
                .integer("to")
                .orElseThrow(() -> new ModelFormatException("BitCast lacks the attribute 'to'")));
    }

    private static int bits(DataType type) {
        return switch (type) {
            case INT4, UINT4, FLOAT4E2M1 -> 4;
            case INT2, UINT2 -> 2;
            default -> type.bytes() * Byte.SIZE;
        };
    }
}
