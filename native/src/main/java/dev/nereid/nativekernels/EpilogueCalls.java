package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.EpilogueKernel;
import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * What comes behind the sums of a product in one pass by the C function that {@code nereid.h} describes. It is as fast in
 * the first request as in any, where loops of the Vector API wait for the compiler.
 */
final class EpilogueCalls implements EpilogueKernel {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CALL = NativeLibrary.linked(
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_INT,
                JAVA_FLOAT,
                JAVA_FLOAT);
    }

    private final MemorySegment function;

    /** @param registers what the function's name ends with */
    EpilogueCalls(NativeLibrary library, String registers) {
        this.function = library.function("nereid_f32_epilogue_" + registers);
    }

    @Override
    public void apply(Epilogue epilogue, boolean added, Matrix c, int fromRow, int toRow, int column, int columns) {
        Optional<Matrix> addend = added ? Optional.empty() : epilogue.addend();
        if (epilogue.activation().kind() == Activation.Kind.NONE
                && addend.isEmpty()
                && epilogue.residual().isEmpty()) {
            return;
        }
        Matrix first = addend.orElse(c);
        Matrix second = epilogue.residual().orElse(c);
        int repeats = addend.isPresent() && epilogue.addendIsColumn() ? 1 : 0;
        try {
            Linked.CALL.invokeExact(
                    function,
                    toRow - fromRow,
                    columns,
                    c.address(fromRow, column),
                    c.rowStride(),
                    addend.isPresent() ? first.address(fromRow, column) : 0L,
                    first.rowStride(),
                    repeats,
                    epilogue.residual().isPresent() ? second.address(fromRow, column) : 0L,
                    second.rowStride(),
                    number(epilogue.activation().kind()),
                    epilogue.activation().alpha(),
                    epilogue.activation().beta());
        } catch (Throwable e) {
            throw new IllegalStateException("calling what follows on a product failed", e);
        }
    }

    /** The numbers of {@code nereid.h}. */
    private static int number(Activation.Kind kind) {
        return switch (kind) {
            case NONE -> 0;
            case RELU -> 1;
            case LEAKY_RELU -> 2;
            case CLIP -> 3;
            case GELU -> 4;
            case TANH -> 5;
            case SIGMOID -> 6;
            case HARD_SWISH -> 7;
            case SWISH -> 8;
        };
    }
}
