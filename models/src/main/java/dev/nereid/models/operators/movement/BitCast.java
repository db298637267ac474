package dev.nereid.models.operators.movement;

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

/** ONNX BitCast: the same bits as elements of another datatype of the same width. */
final class BitCast implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType from = inference.type(0).dataType();
        DataType to = target(inference);
        if (bits(from) == 0 || bits(from) != bits(to)) {
            throw new ModelFormatException("the bits of " + from + " are none of " + to);
        }
        return List.of(inference.type(0).withDataType(to));
    }

    @Override
    public void lower(Lowering lowering) {
        int bits = bits(target(lowering));
        boolean signed = target(lowering).kind() == DataType.Kind.SIGNED;
        lowering.stepInPlace(0, run -> {
            Tensor x = run.input(0);
            if (bits >= 8) {
                MemorySegment.copy(x.segment(), 0, run.output(0).segment(), 0, x.byteSize());
            } else {
                narrow(x, run.output(0), bits, signed);
            }
        });
    }

    private static DataType target(Inference inference) {
        return OnnxTypes.dataType(inference
                .attributes()
                .integer("to")
                .orElseThrow(() -> new ModelFormatException("attribute 'to' is missing")));
    }

    /** Elements of less than a byte have a byte each here, which holds their number. */
    private static void narrow(Tensor x, Tensor y, int bits, boolean signed) {
        for (long i = 0; i < x.shape().elements(); i++) {
            int code = x.segment().get(ValueLayout.JAVA_BYTE, i) & ((1 << bits) - 1);
            int number = signed ? code << (32 - bits) >> (32 - bits) : code;
            y.segment().set(ValueLayout.JAVA_BYTE, i, (byte) number);
        }
    }

    /** Bits of an element; 0 where they vary. */
    private static int bits(DataType type) {
        return switch (type) {
            case INT4, UINT4, FLOAT4E2M1 -> 4;
            case INT2, UINT2 -> 2;
            default -> 8 * type.bytes();
        };
    }
}
