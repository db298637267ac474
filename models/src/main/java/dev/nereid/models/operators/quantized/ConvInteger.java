package dev.nereid.models.operators.quantized;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX ConvInteger: the convolution of {@code x - x_zero_point} with {@code w - w_zero_point} in int32. What lies beyond
 * the edges counts as zero.
 */
final class ConvInteger implements Operator {
    private static final IntegerConvolution.Inputs INPUTS = new IntegerConvolution.Inputs(0, 2, 1, 3);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(IntegerConvolution.outputType(inference, INPUTS, DataType.INT32));
    }

    @Override
    public void lower(Lowering lowering) {
        IntegerConvolution convolution = IntegerConvolution.of(lowering, INPUTS);
        int[] read = convolution.isPacked() ? new int[] {0, 2, 3} : new int[] {0, 1, 2, 3};
        lowering.stepReading(read, run -> run(run, convolution));
    }

    private static void run(StepRun run, IntegerConvolution convolution) {
        MemorySegment y = run.output(0).segment();
        int all = convolution.outputs(run);
        convolution.run(run, (item, group, positions, outputs, sums) -> {
            for (int j = 0; j < outputs; j++) {
                long to = ((long) item * all + (long) group * outputs + j) * positions;
                for (int position = 0; position < positions; position++) {
                    y.set(INT, 4 * (to + position), sums.get(INT, 4 * ((long) position * outputs + j)));
                }
            }
        });
    }
}
