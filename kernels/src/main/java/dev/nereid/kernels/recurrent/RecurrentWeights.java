package dev.nereid.kernels.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * The weights of all gates with the hidden state, in panels: [panels][hidden][panelColumns], the columns in the order of
 * {@code blocks}, those of units that are not there zero. A panel holds a block or a part of one. The memory belongs to the
 * caller of {@link #pack}.
 */
public record RecurrentWeights(MemorySegment segment, GateBlocks blocks, int panelColumns) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    public RecurrentWeights {
        Objects.requireNonNull(segment, "segment");
        if (panelColumns < 1 || blocks.blockColumns() % panelColumns != 0) {
            throw new IllegalArgumentException("panels of " + panelColumns + " columns in blocks of "
                    + blocks.blockColumns() + ": expected a divisor");
        }
        if (segment.byteSize() < bytes(blocks)) {
            throw new IllegalArgumentException(
                    "weights of " + bytes(blocks) + " bytes in a segment of " + segment.byteSize());
        }
    }

    /** Bytes of the weights of a layer. */
    public static long bytes(GateBlocks blocks) {
        return (long) blocks.columns() * blocks.hidden() * Float.BYTES;
    }

    /**
     * Lays out weights.
     *
     * @param weights [gates * hidden, hidden], gate after gate, with any strides
     * @param memory of {@link #bytes}, with any content, aligned to 64 bytes; good as long as the result is used
     */
    public static RecurrentWeights pack(
            RecurrentKernels kernels, GateBlocks blocks, Matrix weights, MemorySegment memory) {
        RecurrentWeights packed = new RecurrentWeights(memory, blocks, kernels.panelColumns(blocks.blockColumns()));
        memory.asSlice(0, bytes(blocks)).fill((byte) 0);
        int hidden = blocks.hidden();
        for (int gate = 0; gate < blocks.gates(); gate++) {
            for (int unit = 0; unit < hidden; unit++) {
                for (int k = 0; k < hidden; k++) {
                    float weight = weights.segment().getAtIndex(FLOAT, weights.index(gate * hidden + unit, k));
                    memory.setAtIndex(FLOAT, packed.index(gate, unit, k), weight);
                }
            }
        }
        return packed;
    }

    /** The weight of a gate of {@code unit} with the hidden state of unit {@code k}. */
    public float at(int gate, int unit, int k) {
        return segment.getAtIndex(FLOAT, index(gate, unit, k));
    }

    private long index(int gate, int unit, int k) {
        int column = blocks.column(gate, unit);
        int panel = column / panelColumns;
        return ((long) panel * blocks.hidden() + k) * panelColumns + column % panelColumns;
    }
}
