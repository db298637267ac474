package dev.nereid.models.operators.nn;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * ONNX Dropout as it is in inference, where nothing is dropped: the output is the input, and the mask, which nobody
 * should want, is true everywhere. In training mode it is the same if the ratio is 0.
 */
final class Dropout implements Operator {
    private static final int RATIO = 1;
    private static final int TRAINING_MODE = 2;
    private static final int BOOL_MASK_OPSET = 10;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        List<TensorType> types = new ArrayList<>(List.of(x));
        if (inference.node().outputs().size() > 1) {
            types.add(inference.opset() < BOOL_MASK_OPSET ? x : x.withDataType(DataType.BOOL));
        }
        return types.stream().toList();
    }

    @Override
    public void lower(Lowering lowering) {
        if (!lowering.wants(1) && !lowering.has(TRAINING_MODE)) {
            lowering.alias(0, 0);
            return;
        }
        lowering.step(run -> {
            requireNoDropping(run);
            Tensor x = run.input(0);
            if (run.wants(0)) {
                MemorySegment.copy(x.segment(), 0, run.output(0).segment(), 0, x.byteSize());
            }
            if (run.wants(1)) {
                fillWithOnes(run.output(1));
            }
        });
    }

    private static void requireNoDropping(StepRun run) {
        boolean training = run.has(TRAINING_MODE)
                && run.input(TRAINING_MODE).segment().get(ValueLayout.JAVA_BYTE, 0) != 0;
        double ratio = run.has(RATIO) ? RealNumbers.first(run.input(RATIO)) : 0.5;
        if (training && ratio != 0) {
            throw new ModelFormatException("Dropout drops at random in training mode: export the model for inference");
        }
    }

    private static void fillWithOnes(Tensor mask) {
        long count = mask.shape().elements();
        if (mask.dataType() == DataType.BOOL) {
            mask.segment().asSlice(0, count).fill((byte) 1);
            return;
        }
        for (long i = 0; i < count; i++) {
            RealNumbers.set(mask, i, 1);
        }
    }
}
