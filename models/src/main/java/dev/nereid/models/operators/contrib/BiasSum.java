package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.BinaryLoop;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * com.microsoft.BiasAdd and BiasDropout, of which a server runs the inference alone: {@code y = x + bias + residual}.
 *
 * <p>Inputs: x: [..., size]; bias: [size], or of BiasDropout the shape of x; residual, of BiasDropout optional: the shape
 * of x. Outputs: y as x; of BiasDropout a mask of truth values, all true.
 *
 * @param dropout whether the node is BiasDropout
 */
record BiasSum(boolean dropout) implements Operator {
    private static final int BIAS = 1;
    private static final int RESIDUAL = 2;
    private static final int TRAINING = 4;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        for (int input = BIAS; input <= RESIDUAL; input++) {
            if (inference.has(input) && inference.type(input).dataType() != x.dataType()) {
                throw new ModelFormatException("input " + input + ": expected " + x.dataType() + ", got "
                        + inference.type(input).dataType());
            }
        }
        return dropout ? List.of(x, x.withDataType(DataType.BOOL)) : List.of(x);
    }

    @Override
    public void lower(Lowering lowering) {
        BinaryKernel sum = lowering.kernels()
                .elementwise()
                .binary(BinaryOp.ADD, lowering.type(0).dataType());
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            if (dropout && run.has(TRAINING) && isTrue(run.input(TRAINING))) {
                throw new IllegalArgumentException("input 4: expected false; training is not supported");
            }
            BinaryLoop.run(sum, x, fitting(run, BIAS, x.shape()), y, run.workers());
            if (run.has(RESIDUAL)) {
                BinaryLoop.run(sum, y, fitting(run, RESIDUAL, x.shape()), y, run.workers());
            }
            if (dropout && run.wants(1)) {
                run.output(1).segment().asSlice(0, run.output(1).byteSize()).fill((byte) 1);
            }
        });
    }

    private static boolean isTrue(Tensor tensor) {
        return tensor.segment().get(ValueLayout.JAVA_BYTE, 0) != 0;
    }

    private static Tensor fitting(StepRun run, int input, Shape x) {
        Tensor tensor = run.input(input);
        boolean row =
                tensor.shape().rank() == 1 && x.rank() > 0 && tensor.shape().dim(0) == x.dim(-1);
        if (!row && !tensor.shape().equals(x)) {
            throw new IllegalArgumentException(
                    "input " + input + ": expected the shape " + x + " or a row of it, got " + tensor.shape());
        }
        return tensor;
    }
}
