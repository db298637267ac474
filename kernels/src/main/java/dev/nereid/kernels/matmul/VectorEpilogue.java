package dev.nereid.kernels.matmul;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.elementwise.ActivationLanes;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The passes over a part of c that has just been computed. Each function has a loop of its own: a loop that took the
 * function as a parameter would not be inlined. Where a function is little work, masks are left to the rest of a row.
 */
public final class VectorEpilogue implements EpilogueKernel {
    /** It has no state. */
    public static final EpilogueKernel INSTANCE = new VectorEpilogue();

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    private VectorEpilogue() {}

    @Override
    public void apply(Epilogue epilogue, boolean added, Matrix c, int fromRow, int toRow, int column, int columns) {
        Activation activation = epilogue.activation();
        Optional<Matrix> residual = epilogue.residual();
        Optional<Matrix> addend = added ? Optional.empty() : epilogue.addend();
        if (activation.kind() == Activation.Kind.NONE && residual.isEmpty() && addend.isEmpty()) {
            return;
        }
        for (int row = fromRow; row < toRow; row++) {
            long address = c.address(row, column);
            if (epilogue.addendIsColumn() && addend.isPresent()) {
                add(
                        address,
                        ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, addend.get().address(row, column)),
                        columns);
            } else if (addend.isPresent()) {
                add(address, addend.get().address(row, column), columns);
            }
            activate(activation, address, columns);
            if (residual.isPresent()) {
                add(address, residual.get().address(row, column), columns);
            }
        }
    }

    private static void activate(Activation activation, long c, int columns) {
        switch (activation.kind()) {
            case NONE -> {}
            case RELU -> relu(c, columns);
            case LEAKY_RELU -> leakyRelu(c, columns, activation.alpha());
            case CLIP -> clip(c, columns, activation.alpha(), activation.beta());
            case GELU -> gelu(c, columns);
            case TANH -> tanh(c, columns);
            case SIGMOID -> sigmoid(c, columns);
            case HARD_SWISH -> hardSwish(c, columns);
            case SWISH -> swish(c, columns);
        }
    }

    /** Adds {@code columns} numbers at one address to those at another. */
    public static void add(long c, long other, int columns) {
        int whole = SPECIES.loopBound(columns);
        for (int j = 0; j < whole; j += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER);
            FloatVector y = FloatVector.fromMemorySegment(SPECIES, ALL, other + 4L * j, ORDER);
            x.add(y).intoMemorySegment(ALL, c + 4L * j, ORDER);
        }
        if (whole < columns) {
            addRest(c, other, whole, columns);
        }
    }

    private static void addRest(long c, long other, int j, int columns) {
        VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
        FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER, mask);
        FloatVector y = FloatVector.fromMemorySegment(SPECIES, ALL, other + 4L * j, ORDER, mask);
        x.add(y).intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
    }

    private static void add(long c, float number, int columns) {
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER, mask);
            x.add(number).intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
        }
    }

    private static void relu(long c, int columns) {
        int whole = SPECIES.loopBound(columns);
        for (int j = 0; j < whole; j += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER);
            x.blend(0f, x.compare(VectorOperators.LE, 0f)).intoMemorySegment(ALL, c + 4L * j, ORDER);
        }
        if (whole < columns) {
            reluRest(c, whole, columns);
        }
    }

    private static void reluRest(long c, int j, int columns) {
        VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
        FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER, mask);
        x.blend(0f, x.compare(VectorOperators.LE, 0f)).intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
    }

    private static void leakyRelu(long c, int columns, float alpha) {
        int whole = SPECIES.loopBound(columns);
        for (int j = 0; j < whole; j += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER);
            x.mul(alpha, x.compare(VectorOperators.LT, 0f)).intoMemorySegment(ALL, c + 4L * j, ORDER);
        }
        if (whole < columns) {
            leakyReluRest(c, whole, columns, alpha);
        }
    }

    private static void leakyReluRest(long c, int j, int columns, float alpha) {
        VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
        FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER, mask);
        x.mul(alpha, x.compare(VectorOperators.LT, 0f)).intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
    }

    static void clip(long c, int columns, float min, float max) {
        FloatVector least = FloatVector.broadcast(SPECIES, min);
        FloatVector most = FloatVector.broadcast(SPECIES, max);
        int whole = SPECIES.loopBound(columns);
        for (int j = 0; j < whole; j += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER);
            x.blend(least, x.compare(VectorOperators.LE, least))
                    .blend(most, x.compare(VectorOperators.GE, most))
                    .intoMemorySegment(ALL, c + 4L * j, ORDER);
        }
        if (whole < columns) {
            clipRest(c, whole, columns, min, max);
        }
    }

    private static void clipRest(long c, int j, int columns, float min, float max) {
        FloatVector least = FloatVector.broadcast(SPECIES, min);
        FloatVector most = FloatVector.broadcast(SPECIES, max);
        VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
        FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER, mask);
        x.blend(least, x.compare(VectorOperators.LE, least))
                .blend(most, x.compare(VectorOperators.GE, most))
                .intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
    }

    private static void gelu(long c, int columns) {
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER, mask);
            ActivationLanes.gelu(x, zero, zero).intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
        }
    }

    private static void tanh(long c, int columns) {
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER, mask);
            x.lanewise(VectorOperators.TANH).intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
        }
    }

    private static void hardSwish(long c, int columns) {
        FloatVector half = FloatVector.broadcast(SPECIES, 0.5f);
        FloatVector sixth = FloatVector.broadcast(SPECIES, 1 / 6f);
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        int whole = SPECIES.loopBound(columns);
        for (int j = 0; j < whole; j += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER);
            FloatVector gate = x.fma(sixth, half);
            x.mul(gate.blend(0f, gate.compare(VectorOperators.LE, 0f))
                            .blend(one, gate.compare(VectorOperators.GE, one)))
                    .intoMemorySegment(ALL, c + 4L * j, ORDER);
        }
        if (whole < columns) {
            hardSwishRest(c, whole, columns);
        }
    }

    private static void hardSwishRest(long c, int j, int columns) {
        VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
        FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER, mask);
        FloatVector gate = x.fma(FloatVector.broadcast(SPECIES, 1 / 6f), FloatVector.broadcast(SPECIES, 0.5f));
        x.mul(gate.blend(0f, gate.compare(VectorOperators.LE, 0f)).blend(1f, gate.compare(VectorOperators.GE, 1f)))
                .intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
    }

    private static void swish(long c, int columns) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        int whole = SPECIES.loopBound(columns);
        for (int j = 0; j < whole; j += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER);
            ActivationLanes.swish(x, one, one).intoMemorySegment(ALL, c + 4L * j, ORDER);
        }
        if (whole < columns) {
            swishRest(c, whole, columns);
        }
    }

    private static void swishRest(long c, int j, int columns) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
        FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER, mask);
        ActivationLanes.swish(x, one, one).intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
    }

    private static void sigmoid(long c, int columns) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, ALL, c + 4L * j, ORDER, mask);
            one.div(x.neg().lanewise(VectorOperators.EXP).add(1f)).intoMemorySegment(ALL, c + 4L * j, ORDER, mask);
        }
    }
}
