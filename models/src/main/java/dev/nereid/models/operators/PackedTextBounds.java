package dev.nereid.models.operators;

import dev.nereid.tensor.Tensor;

/**
 * Bounds of texts that are packed one behind the other along an axis: text i has the tokens from {@code start(i)} up to
 * {@code end(i)}. Immutable.
 */
public final class PackedTextBounds {
    private final int[] offsets;

    private PackedTextBounds(int[] offsets) {
        this.offsets = offsets;
    }

    /**
     * Reads and checks the ends of texts.
     *
     * @param ends integers: [texts], the end of each
     * @param tokens of all texts together
     * @throws IllegalArgumentException unless the ends rise and the last is {@code tokens}
     */
    public static PackedTextBounds read(Tensor ends, long tokens) {
        long[] values = IntegerTensors.read(ends)
                .orElseThrow(() -> new IllegalArgumentException("ends of texts: expected integers, got " + ends));
        int[] offsets = new int[values.length + 1];
        for (int i = 0; i < values.length; i++) {
            if (values[i] <= offsets[i] || values[i] > tokens) {
                throw new IllegalArgumentException("ends of texts: expected numbers that rise up to " + tokens
                        + ", got " + values[i] + " behind " + offsets[i]);
            }
            offsets[i + 1] = (int) values[i];
        }
        if (offsets[values.length] != tokens) {
            throw new IllegalArgumentException(
                    "ends of texts: expected the last to be " + tokens + ", got " + offsets[values.length]);
        }
        return new PackedTextBounds(offsets);
    }

    public int count() {
        return offsets.length - 1;
    }

    public int start(int text) {
        return offsets[text];
    }

    public int end(int text) {
        return offsets[text + 1];
    }

    public int length(int text) {
        return offsets[text + 1] - offsets[text];
    }

    /** The length of the longest; 0 for no texts. */
    public int longest() {
        int longest = 0;
        for (int text = 0; text < count(); text++) {
            longest = Math.max(longest, length(text));
        }
        return longest;
    }
}
