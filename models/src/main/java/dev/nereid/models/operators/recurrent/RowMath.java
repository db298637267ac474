package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Arithmetic on runs of numbers of one datatype. Positions and lengths are in elements. */
record RowMath(DataType type, ElementwiseKernels kernels, BinaryKernel adding, BinaryKernel multiplying) {
    /** A function that overwrites its operand. */
    interface Function {
        void run(MemorySegment x, long at, int length);
    }

    private record Stage(UnaryKernel kernel, double alpha, double beta, int bytes) implements Function {
        @Override
        public void run(MemorySegment x, long at, int length) {
            kernel.run(x, at * bytes, x, at * bytes, length, alpha, beta);
        }
    }

    static RowMath of(DataType type, ElementwiseKernels kernels) {
        return new RowMath(type, kernels, kernels.binary(BinaryOp.ADD, type), kernels.binary(BinaryOp.MUL, type));
    }

    int bytes() {
        return type.bytes();
    }

    /** {@code z = x + y}; z may be x or y. */
    void add(MemorySegment x, long xAt, MemorySegment y, long yAt, MemorySegment z, long zAt, int length) {
        adding.both(x, xAt * bytes(), y, yAt * bytes(), z, zAt * bytes(), length);
    }

    /** {@code z = x * y}; z may be x or y. */
    void multiply(MemorySegment x, long xAt, MemorySegment y, long yAt, MemorySegment z, long zAt, int length) {
        multiplying.both(x, xAt * bytes(), y, yAt * bytes(), z, zAt * bytes(), length);
    }

    void copy(MemorySegment x, long xAt, MemorySegment y, long yAt, int length) {
        MemorySegment.copy(x, xAt * bytes(), y, yAt * bytes(), (long) length * bytes());
    }

    /** {@code x = 1 - x}. */
    Function complement() {
        return new Stage(kernels.unary(UnaryOp.AFFINE, type), -1, 1, bytes());
    }

    /** An activation function, after clipping where there is a bound. */
    Function function(ActivationFunction activation, Optional<Float> clip) {
        List<Function> stages = new ArrayList<>();
        clip.ifPresent(bound -> stages.add(stage(UnaryOp.CLIP, -bound, bound)));
        if (activation.kind() == ActivationFunction.Kind.SCALED_TANH) {
            stages.add(stage(UnaryOp.AFFINE, activation.beta(), 0));
            stages.add(stage(UnaryOp.TANH, 0, 0));
            stages.add(stage(UnaryOp.AFFINE, activation.alpha(), 0));
        } else {
            stages.add(stage(activation.kind().operation(), activation.alpha(), activation.beta()));
        }
        if (stages.size() == 1) {
            return stages.getFirst();
        }
        return (x, at, length) -> {
            for (Function stage : stages) {
                stage.run(x, at, length);
            }
        };
    }

    private Stage stage(UnaryOp op, double alpha, double beta) {
        return new Stage(kernels.unary(op, type), alpha, beta, bytes());
    }
}
