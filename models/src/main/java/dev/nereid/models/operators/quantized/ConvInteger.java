package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.layout.LayoutKernels;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * ONNX ConvInteger: the convolution of {@code x - x_zero_point} with {@code w - w_zero_point} in int32. What lies beyond
 * the edges counts as zero.
 */
public final class ConvInteger implements Operator {
    public static final IntegerConvolution.Inputs INPUTS = new IntegerConvolution.Inputs(0, 2, 1, 3);

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(IntegerConvolution.outputType(inference, INPUTS, DataType.INT32));
    }

    @Override
    public void lower(Lowering lowering) {
        IntegerConvolution convolution = IntegerConvolution.of(lowering, INPUTS);
        int[] read = convolution.isPacked() ? new int[] {0, 2, 3} : new int[] {0, 1, 2, 3};
        LayoutKernels layout = lowering.kernels().layout();
        lowering.stepReading(read, run -> run(run, layout, convolution));
    }

    private static void run(StepRun run, LayoutKernels layout, IntegerConvolution convolution) {
        Tensor y = run.output(0);
        MemorySegment last = run.scratch(Math.max(1, y.byteSize()));
        convolution.run(
                run, ChannelsLastImages.channelsLast(run, layout, run.input(INPUTS.x())), Optional.empty(), last);
        ChannelsLastImages.copyChannelsFirst(run, layout, last, y);
    }
}
