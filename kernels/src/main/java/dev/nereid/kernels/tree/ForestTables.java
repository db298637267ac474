package dev.nereid.kernels.tree;

import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * A forest in native memory, as {@link ForestWalk} reads it: {@link PairedNodes} in groups of {@link #TREES} trees, and the
 * weights of the leaves. The memory goes with the last reference.
 */
public final class ForestTables {
    /** Trees of a group. */
    public static final int TREES = 8;

    private final OrderedKeys keys;
    private final int groups;
    private final int targets;
    private final MemorySegment nodes;
    private final MemorySegment roots;
    private final MemorySegment certainSteps;
    private final MemorySegment firstWeights;
    private final MemorySegment weightTargets;
    private final MemorySegment weights;

    private ForestTables(OrderedKeys keys, PairedNodes layout, LeafWeights leaves) {
        this.keys = keys;
        this.groups = layout.roots().length / TREES;
        this.targets = leaves.scores();
        this.nodes = integers(layout.nodes());
        this.roots = integers(layout.roots());
        this.certainSteps = integers(layout.certainSteps(TREES));
        this.firstWeights = leaves.isOneEach() ? MemorySegment.NULL : integers(leaves.first());
        this.weightTargets = integers(leaves.targets());
        this.weights = allocate(leaves.weights().length);
        MemorySegment.copy(leaves.weights(), 0, weights, ValueLayout.JAVA_FLOAT, 0, leaves.weights().length);
    }

    /** The tables of a forest whose nodes all ask for a side; empty where {@link PairedNodes} are. */
    static Optional<ForestTables> of(Forest forest) {
        OrderedKeys keys = OrderedKeys.of(forest);
        return PairedNodes.of(forest, keys, TREES)
                .map(layout -> new ForestTables(keys, layout, LeafWeights.of(forest)));
    }

    private static MemorySegment integers(int[] values) {
        MemorySegment memory = allocate(values.length);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_INT, 0, values.length);
        return memory;
    }

    private static MemorySegment allocate(int words) {
        return NativeMemory.collected(4L * words);
    }

    /** Keys of a row. */
    long width(int features) {
        return (long) keys.perFeature() * features;
    }

    /** Keys of a feature: with NaN above all numbers and, where there are two, below them. */
    public int keysPerFeature() {
        return keys.perFeature();
    }

    /** Groups of trees. */
    public int groups() {
        return groups;
    }

    /** Scores a row. */
    public int targets() {
        return targets;
    }

    /** Address of the nodes, four integers each. */
    public long nodes() {
        return nodes.address();
    }

    /** Address of places [groups][{@link #TREES}]. */
    public long roots() {
        return roots.address();
    }

    /** Address of [groups], the steps before which none of a group's trees has a leaf. */
    public long certainSteps() {
        return certainSteps.address();
    }

    /** Address of [leaves + 1], the first weight of each leaf; 0 where there is one target, and one weight a leaf. */
    public long firstWeights() {
        return firstWeights.address();
    }

    /** Address of the target of each weight. */
    public long weightTargets() {
        return weightTargets.address();
    }

    /** Address of the weights. */
    public long weights() {
        return weights.address();
    }
}
