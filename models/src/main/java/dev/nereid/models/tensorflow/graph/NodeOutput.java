package dev.nereid.models.tensorflow.graph;

import dev.nereid.models.ModelFormatException;

/**
 * One output of a node: what {@code name:index} names.
 *
 * @param index 0 for the first
 */
public record NodeOutput(String node, int index) {
    /** The most outputs that a node may have. */
    public static final int MAXIMUM_OUTPUTS = 1 << 16;

    /**
     * Reads {@code name} or {@code name:index}.
     *
     * @throws ModelFormatException if the index is no number, or too great
     */
    public static NodeOutput parse(String text) {
        int colon = text.lastIndexOf(':');
        return colon < 0
                ? new NodeOutput(text, 0)
                : new NodeOutput(text.substring(0, colon), index(text, text.substring(colon + 1)));
    }

    /** The number in {@code digits}, a part of {@code text}. */
    static int index(String text, String digits) {
        try {
            int index = Integer.parseInt(digits);
            if (index >= 0 && index < MAXIMUM_OUTPUTS) {
                return index;
            }
        } catch (NumberFormatException e) {
            throw new ModelFormatException("'" + text + "': '" + digits + "' is no number of an output", e);
        }
        throw new ModelFormatException("'" + text + "': expected an output from 0 to " + (MAXIMUM_OUTPUTS - 1));
    }

    /** As TensorFlow writes it: {@code name} for the first output, {@code name:index} for the others. */
    @Override
    public String toString() {
        return index == 0 ? node : node + ":" + index;
    }
}
