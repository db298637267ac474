package dev.nereid.models.operators.attention;

import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;

/**
 * Rotary position embedding: pairs of elements of a vector are turned by angles that depend on its token's position.
 *
 * @param type of all elements, {@code FP32} or {@code FP64}
 * @param cosines rows of {@code rotated / 2}, one for a position; so are {@code sines}
 * @param rotated the first elements of a vector, which are turned; the rest stays
 * @param interleaved whether pairs are neighbours; else the second element of each is half of {@code rotated} away
 */
record Rotation(DataType type, MemorySegment cosines, MemorySegment sines, int rotated, boolean interleaved) {
    /** Turns one vector of {@code size} elements at the angles of row {@code row}; y may be x. */
    void turn(MemorySegment x, long from, MemorySegment y, long to, int size, long row) {
        int half = rotated / 2;
        for (int i = 0; i < half; i++) {
            int first = interleaved ? 2 * i : i;
            int second = interleaved ? 2 * i + 1 : i + half;
            double cosine = Reals.get(cosines, type, row * half + i);
            double sine = Reals.get(sines, type, row * half + i);
            double real = Reals.get(x, type, from + first);
            double imaginary = Reals.get(x, type, from + second);
            Reals.set(y, type, to + first, cosine * real - sine * imaginary);
            Reals.set(y, type, to + second, sine * real + cosine * imaginary);
        }
        for (int i = rotated; i < size; i++) {
            Reals.set(y, type, to + i, Reals.get(x, type, from + i));
        }
    }

    /**
     * Turns the vectors of every head.
     *
     * @param rows the row of angles of each token: [batch, tokens]
     */
    void turn(TokenVectors x, TokenVectors y, int batch, int heads, int tokens, int size, long[] rows) {
        for (int item = 0; item < batch; item++) {
            for (int token = 0; token < tokens; token++) {
                long row = rows[item * tokens + token];
                for (int head = 0; head < heads; head++) {
                    turn(x.segment(), x.index(item, head, token), y.segment(), y.index(item, head, token), size, row);
                }
            }
        }
    }
}
