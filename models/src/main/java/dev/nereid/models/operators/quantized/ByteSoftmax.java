package dev.nereid.models.operators.quantized;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * dev.nereid ByteSoftmax: softmax of quantised bytes along the last axis, bit for bit as TFLite's kernels do it: exponentials
 * from a table in FP32, summed one after the other. x and y: INT8 or UINT8. Attributes: input_scale (times beta),
 * output_scale, zero_point of the output.
 */
public final class ByteSoftmax implements Operator {
    private static final int BYTES = 256;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        float[] exponentials = new float[BYTES];
        float step = lowering.attributes().real("input_scale", 1);
        for (int below = 0; below < BYTES; below++) {
            exponentials[below] = (float) Math.exp(-step * below);
        }
        float scale = lowering.attributes().real("output_scale", 1f / BYTES);
        int zeroPoint = (int) lowering.attributes().integer("zero_point", 0);
        lowering.step(run -> run(run, exponentials, scale, zeroPoint));
    }

    private static void run(StepRun run, float[] exponentials, float scale, int zeroPoint) {
        Tensor x = run.input(0);
        boolean signed = x.dataType() == DataType.INT8;
        int least = signed ? Byte.MIN_VALUE : 0;
        MemorySegment from = x.segment();
        MemorySegment to = run.output(0).segment();
        int length = Math.toIntExact(x.shape().dim(-1));
        for (long row = 0; row < x.shape().elements(); row += length) {
            int greatest = least;
            for (int i = 0; i < length; i++) {
                greatest = Math.max(greatest, at(from, row + i, signed));
            }
            float sum = 0;
            for (int i = 0; i < length; i++) {
                sum += exponentials[greatest - at(from, row + i, signed)];
            }
            float inverse = 1 / (sum * scale);
            for (int i = 0; i < length; i++) {
                float steps = exponentials[greatest - at(from, row + i, signed)] * inverse;
                int rounded = (int) (Math.floor(steps) + (steps - Math.floor(steps) >= 0.5 ? 1 : 0)) + zeroPoint;
                to.set(ValueLayout.JAVA_BYTE, row + i, (byte) Math.max(least, Math.min(least + BYTES - 1, rounded)));
            }
        }
    }

    private static int at(MemorySegment bytes, long index, boolean signed) {
        byte value = bytes.get(ValueLayout.JAVA_BYTE, index);
        return signed ? value : Byte.toUnsignedInt(value);
    }
}
