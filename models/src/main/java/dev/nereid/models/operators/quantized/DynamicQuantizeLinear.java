package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.LinearQuantization;
import dev.nereid.kernels.quantized.QuantizationGrid;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.kernels.quantized.QuantizeTypes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX DynamicQuantizeLinear: quantises to uint8 with a scale and zero point that suit the whole tensor's range, and
 * gives these as outputs 1 and 2. By this definition an element's result depends on all of its batch.
 */
public final class DynamicQuantizeLinear implements Operator {
    private static final QuantizeTypes TYPES = new QuantizeTypes(DataType.FP32, DataType.FP32, DataType.UINT8, true);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(
                inference.type(0).withDataType(DataType.UINT8),
                TensorType.of(DataType.FP32, Shape.SCALAR),
                TensorType.of(DataType.UINT8, Shape.SCALAR));
    }

    @Override
    public void lower(Lowering lowering) {
        QuantizationKernels kernels = lowering.kernels().quantized().quantization();
        lowering.step(run -> quantize(run, kernels));
    }

    private static void quantize(StepRun run, QuantizationKernels kernels) {
        Tensor x = run.input(0);
        long count = x.shape().elements();
        LinearQuantization mapping = kernels.dynamicQuantization(x.segment(), count, run.workers());
        MemorySegment scale = run.scratch(4);
        scale.set(FLOAT, 0, mapping.scale());
        MemorySegment zeroPoint = run.scratch(4);
        zeroPoint.set(FLOAT, 0, mapping.zeroPoint());
        if (run.wants(0)) {
            MemorySegment y = run.output(0).segment();
            kernels.quantize(QuantizationGrid.perTensor(count), TYPES, x.segment(), scale, zeroPoint, y);
        }
        if (run.wants(1)) {
            run.output(1).segment().set(FLOAT, 0, mapping.scale());
        }
        if (run.wants(2)) {
            run.output(2).segment().set(ValueLayout.JAVA_BYTE, 0, (byte) mapping.zeroPoint());
        }
    }
}
