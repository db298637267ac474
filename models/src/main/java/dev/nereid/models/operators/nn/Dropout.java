package dev.nereid.models.operators.nn;

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
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * ONNX Dropout. In inference nothing is dropped: the output is the input, and the mask is true everywhere. In training
 * mode each element is dropped with the probability that the ratio says, and the others grow to make up for it.
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
        Optional<Long> seed = lowering.attributes().integer("seed");
        lowering.step(run -> {
            double ratio = ratio(run);
            if (ratio == 0) {
                keep(run);
            } else {
                drop(run, ratio, seed.map(SplittableRandom::new).orElseGet(SplittableRandom::new));
            }
        });
    }

    @Override
    public boolean deterministic() {
        return false;
    }

    /** The probability of dropping an element: 0 in inference. */
    private static double ratio(StepRun run) {
        boolean training =
                run.has(TRAINING_MODE) && run.input(TRAINING_MODE).segment().get(ValueLayout.JAVA_BYTE, 0) != 0;
        return training ? run.has(RATIO) ? RealNumbers.first(run.input(RATIO)) : 0.5 : 0;
    }

    private static void keep(StepRun run) {
        Tensor x = run.input(0);
        if (run.wants(0)) {
            MemorySegment.copy(x.segment(), 0, run.output(0).segment(), 0, x.byteSize());
        }
        for (long i = 0; run.wants(1) && i < x.shape().elements(); i++) {
            mark(run.output(1), i, true);
        }
    }

    private static void drop(StepRun run, double ratio, SplittableRandom random) {
        Tensor x = run.input(0);
        for (long i = 0; i < x.shape().elements(); i++) {
            boolean kept = random.nextDouble() >= ratio;
            if (run.wants(0)) {
                RealNumbers.set(run.output(0), i, kept ? RealNumbers.at(x, i) / (1 - ratio) : 0);
            }
            if (run.wants(1)) {
                mark(run.output(1), i, kept);
            }
        }
    }

    private static void mark(Tensor mask, long index, boolean kept) {
        if (mask.dataType() == DataType.BOOL) {
            mask.segment().set(ValueLayout.JAVA_BYTE, index, kept ? (byte) 1 : 0);
        } else {
            RealNumbers.set(mask, index, kept ? 1 : 0);
        }
    }
}
