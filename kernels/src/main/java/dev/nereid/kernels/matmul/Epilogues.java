package dev.nereid.kernels.matmul;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The passes over a part of c that has just been computed. Each function has a loop of its own: a loop that took the
 * function as a parameter would not be inlined.
 */
public final class Epilogues {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    private Epilogues() {}

    /** Applies activation and residual to the rows [fromRow, toRow) and {@code columns} columns from {@code column} on. */
    public static void apply(Epilogue epilogue, Matrix c, int fromRow, int toRow, int column, int columns) {
        Activation activation = epilogue.activation();
        Optional<Matrix> residual = epilogue.residual();
        if (activation.kind() == Activation.Kind.NONE && residual.isEmpty()) {
            return;
        }
        for (int row = fromRow; row < toRow; row++) {
            long offset = c.index(row, column) * Float.BYTES;
            activate(activation, c.segment(), offset, columns);
            if (residual.isPresent()) {
                Matrix other = residual.get();
                add(c.segment(), offset, other.segment(), other.index(row, column) * Float.BYTES, columns);
            }
        }
    }

    /** Sets {@code columns} floats from byte {@code offset} on. */
    static void fill(MemorySegment c, long offset, int columns, float number) {
        FloatVector numbers = FloatVector.broadcast(SPECIES, number);
        for (int j = 0; j < columns; j += LANES) {
            numbers.intoMemorySegment(c, offset + 4L * j, ORDER, SPECIES.indexInRange(j, columns));
        }
    }

    private static void activate(Activation activation, MemorySegment c, long offset, int columns) {
        switch (activation.kind()) {
            case NONE -> {}
            case RELU -> relu(c, offset, columns);
            case LEAKY_RELU -> leakyRelu(c, offset, columns, activation.alpha());
            case CLIP -> clip(c, offset, columns, activation.alpha(), activation.beta());
            case GELU -> gelu(c, offset, columns);
            case TANH -> tanh(c, offset, columns);
            case SIGMOID -> sigmoid(c, offset, columns);
        }
    }

    private static void add(MemorySegment c, long offset, MemorySegment other, long otherOffset, int columns) {
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, c, offset + 4L * j, ORDER, mask);
            FloatVector y = FloatVector.fromMemorySegment(SPECIES, other, otherOffset + 4L * j, ORDER, mask);
            x.add(y).intoMemorySegment(c, offset + 4L * j, ORDER, mask);
        }
    }

    private static void relu(MemorySegment c, long offset, int columns) {
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, c, offset + 4L * j, ORDER, mask);
            x.max(0f).intoMemorySegment(c, offset + 4L * j, ORDER, mask);
        }
    }

    private static void leakyRelu(MemorySegment c, long offset, int columns, float alpha) {
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, c, offset + 4L * j, ORDER, mask);
            x.mul(alpha, x.compare(VectorOperators.LT, 0f)).intoMemorySegment(c, offset + 4L * j, ORDER, mask);
        }
    }

    private static void clip(MemorySegment c, long offset, int columns, float min, float max) {
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, c, offset + 4L * j, ORDER, mask);
            x.max(min).min(max).intoMemorySegment(c, offset + 4L * j, ORDER, mask);
        }
    }

    /**
     * Erf as a quotient of polynomials in x squared, odd times even, good to 1e-6 on [-4, 4]; beyond, erf is 1 in
     * {@code FP32}.
     */
    private static void gelu(MemorySegment c, long offset, int columns) {
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, c, offset + 4L * j, ORDER, mask);
            FloatVector z = x.mul(0.70710678f).max(-4f).min(4f);
            FloatVector w = z.mul(z);
            FloatVector p = FloatVector.broadcast(SPECIES, -2.72614225801306e-10f);
            p = p.fma(w, FloatVector.broadcast(SPECIES, 2.77068142495902e-08f));
            p = p.fma(w, FloatVector.broadcast(SPECIES, -2.10102402082508e-06f));
            p = p.fma(w, FloatVector.broadcast(SPECIES, -5.69250639462346e-05f));
            p = p.fma(w, FloatVector.broadcast(SPECIES, -7.34990630326855e-04f));
            p = p.fma(w, FloatVector.broadcast(SPECIES, -2.95459980854025e-03f));
            p = p.fma(w, FloatVector.broadcast(SPECIES, -1.60960333262415e-02f));
            FloatVector q = FloatVector.broadcast(SPECIES, -1.45660718464996e-05f);
            q = q.fma(w, FloatVector.broadcast(SPECIES, -2.13374055278905e-04f));
            q = q.fma(w, FloatVector.broadcast(SPECIES, -1.68282697438203e-03f));
            q = q.fma(w, FloatVector.broadcast(SPECIES, -7.37332916720468e-03f));
            q = q.fma(w, FloatVector.broadcast(SPECIES, -1.42647390514189e-02f));
            FloatVector half = x.mul(0.5f);
            z.mul(p).div(q).fma(half, half).intoMemorySegment(c, offset + 4L * j, ORDER, mask);
        }
    }

    private static void tanh(MemorySegment c, long offset, int columns) {
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, c, offset + 4L * j, ORDER, mask);
            x.lanewise(VectorOperators.TANH).intoMemorySegment(c, offset + 4L * j, ORDER, mask);
        }
    }

    private static void sigmoid(MemorySegment c, long offset, int columns) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int j = 0; j < columns; j += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(j, columns);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, c, offset + 4L * j, ORDER, mask);
            one.div(x.neg().lanewise(VectorOperators.EXP).add(1f)).intoMemorySegment(c, offset + 4L * j, ORDER, mask);
        }
    }
}
