package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.util.stream.IntStream;

/**
 * Where the tensors of a mixture of experts come among the inputs: the tokens first, then what chooses their experts, then
 * those of each layer. -1 where an operator has none of a kind.
 *
 * @param weights of the first layer, the second, and the one that gates the first; the others likewise
 * @param mixing the weights of the experts, where they are not made of what chooses them
 */
@SuppressWarnings("ArrayRecordComponent")
record ExpertInputs(int[] weights, int[] scales, int[] biases, int[] zeroPoints, int mixing) {
    static final int TOKENS = 0;
    static final int ROUTER = 1;
    static final int FIRST = 0;
    static final int SECOND = 1;
    static final int GATE = 2;

    private static final int[] NONE = {-1, -1, -1};

    /** Those of com.microsoft.MoE. */
    static final ExpertInputs FLOATS = new ExpertInputs(new int[] {2, 4, 6}, NONE, new int[] {3, 5, 7}, NONE, -1);

    /** Those of com.microsoft.QMoE. */
    static final ExpertInputs FEW_BITS = new ExpertInputs(
            new int[] {2, 5, 8}, new int[] {3, 6, 9}, new int[] {4, 7, 10}, new int[] {11, 12, 13}, 14);

    boolean quantized() {
        return mixing >= 0;
    }

    /** Every input that holds floats to compute with. */
    int[] floats() {
        IntStream all = IntStream.concat(IntStream.of(TOKENS, ROUTER), IntStream.of(biases));
        IntStream more = quantized() ? IntStream.of(mixing) : IntStream.of(weights);
        return IntStream.concat(all, more).toArray();
    }

    /** Bits of a weight: 0 where they are floats. */
    int bits(Attributes attributes) {
        if (!quantized()) {
            return 0;
        }
        long bits = attributes.integer("expert_weight_bits", 4);
        if (bits != 2 && bits != 4 && bits != 8) {
            throw new ModelFormatException("attribute 'expert_weight_bits': expected 2, 4 or 8, got " + bits);
        }
        return (int) bits;
    }

    /** Weights of a row that have a scale in common; 0 for the whole row. */
    static int blockSize(Attributes attributes) {
        long size = attributes.integer("block_size", 0);
        if (size < 0 || size > Integer.MAX_VALUE) {
            throw new ModelFormatException("attribute 'block_size': expected a number of weights, got " + size);
        }
        return (int) size;
    }
}
