package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Objects;

/** Functions of floats by the C function that {@code nereid.h} describes, with AVX2; everything else is delegated to the base. */
final class FunctionCalls extends ElementwiseDecorator {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CALL = NativeLibrary.linked(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_FLOAT);
    }

    /** The numbers of {@code nereid.h}. */
    private static final Map<UnaryOp, Integer> NUMBERS = Map.of(
            UnaryOp.GELU, 4,
            UnaryOp.TANH, 5,
            UnaryOp.SIGMOID, 6,
            UnaryOp.SWISH, 8,
            UnaryOp.ERF, 9,
            UnaryOp.EXP, 10,
            UnaryOp.GELU_TANH, 11);

    private final MemorySegment function;

    /** @param base what computes everything else */
    FunctionCalls(NativeLibrary library, ElementwiseKernels base) {
        super(base);
        this.function = library.function("nereid_f32_function_avx2");
    }

    @Override
    public UnaryKernel unary(UnaryOp op, DataType type) {
        Integer number = type == DataType.FP32 ? NUMBERS.get(op) : null;
        return number == null ? super.unary(op, type) : new Numbers(function, number);
    }

    /** @param number of the function */
    private record Numbers(MemorySegment function, int number) implements UnaryKernel {
        @Override
        public void run(
                MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
            long from = floats(x, xOffset, length);
            long to = floats(y, yOffset, length);
            try {
                Linked.CALL.invokeExact(function, number, length, from, to, (float) alpha);
            } catch (Throwable e) {
                throw new IllegalStateException("calling a function of floats failed", e);
            }
        }

        /** Address of floats that lie within the segment. */
        private static long floats(MemorySegment segment, long offset, int length) {
            Objects.checkFromIndexSize(offset, (long) length * Float.BYTES, segment.byteSize());
            return segment.address() + offset;
        }
    }
}
