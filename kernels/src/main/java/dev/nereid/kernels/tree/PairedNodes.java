package dev.nereid.kernels.tree;

import java.util.Arrays;
import java.util.Optional;

/**
 * The nodes of a forest, tree by tree from the root down, so that the two places that a node leads to lie side by side. A
 * node is four integers: the key it looks at, its bound, where keys up to the bound lead, above which keys lead to the
 * place behind that one, and -1. A leaf leads to itself and has its index there. Places are indices of integers.
 *
 * @param roots the places of the trees, filled up to a multiple by leaves without weights
 * @param leastSteps steps from each root to the nearest leaf; filled up with the greatest integer
 */
@SuppressWarnings("ArrayRecordComponent")
record PairedNodes(int[] nodes, int[] roots, int[] leastSteps) {
    static final int BOUND = 1;
    static final int LOWER = 2;
    static final int LEAF = 3;
    static final int NODE = 4;

    /** Steps of each group of so many trees before which none of them comes to a leaf. */
    int[] certainSteps(int trees) {
        int[] certain = new int[roots.length / trees];
        Arrays.fill(certain, Integer.MAX_VALUE);
        for (int tree = 0; tree < roots.length; tree++) {
            certain[tree / trees] = Math.min(certain[tree / trees], leastSteps[tree]);
        }
        return certain;
    }

    /**
     * Lays a forest out, with so many trees or a multiple of them.
     *
     * @return empty where it would take more than two places for each node: what is reached by several ways is there as often
     */
    static Optional<PairedNodes> of(Forest forest, OrderedKeys keys, int multiple) {
        return new Builder(forest, keys).build(Math.ceilDiv(forest.trees(), multiple) * multiple);
    }

    private static final class Builder {
        private final Forest forest;
        private final OrderedKeys keys;
        /** What of the forest each place is. */
        private int[] sources;

        private int[] nodes;
        private int size;

        Builder(Forest forest, OrderedKeys keys) {
            this.forest = forest;
            this.keys = keys;
            this.sources = new int[forest.nodes() + forest.leaves() + 1];
            this.nodes = new int[Math.multiplyExact(NODE, sources.length)];
        }

        Optional<PairedNodes> build(int trees) {
            int most = 2 * sources.length;
            int[] roots = new int[trees];
            int[] leastSteps = new int[trees];
            for (int tree = 0; tree < forest.trees(); tree++) {
                roots[tree] = NODE * size;
                leastSteps[tree] = append(forest.root(tree), most);
                if (size > most) {
                    return Optional.empty();
                }
            }
            Arrays.fill(roots, forest.trees(), trees, NODE * size);
            Arrays.fill(leastSteps, forest.trees(), trees, Integer.MAX_VALUE);
            append(Forest.leaf(forest.leaves()), Integer.MAX_VALUE);
            return Optional.of(new PairedNodes(Arrays.copyOf(nodes, NODE * size), roots, leastSteps));
        }

        /** Appends what a place of the forest leads to, level by level; returns the steps to the first leaf. */
        private int append(int root, int most) {
            int place = size;
            int least = Integer.MAX_VALUE;
            int steps = 0;
            add(root);
            int levelEnd = size;
            for (; place < size && size <= most; place++) {
                if (place == levelEnd) {
                    steps++;
                    levelEnd = size;
                }
                int source = sources[place];
                int at = NODE * place;
                if (source >= 0) {
                    nodes[at] = keys.index(forest, source);
                    nodes[at + BOUND] = OrderedKeys.bound(forest, source);
                    nodes[at + LOWER] = NODE * size;
                    nodes[at + LEAF] = -1;
                    add(OrderedKeys.lower(forest, source));
                    add(OrderedKeys.upper(forest, source));
                } else {
                    nodes[at + BOUND] = Integer.MAX_VALUE;
                    nodes[at + LOWER] = at;
                    nodes[at + LEAF] = ~source;
                    least = Math.min(least, steps);
                }
            }
            return least;
        }

        private void add(int source) {
            if (size == sources.length) {
                sources = Arrays.copyOf(sources, 2 * size);
                nodes = Arrays.copyOf(nodes, Math.multiplyExact(2, nodes.length));
            }
            sources[size++] = source;
        }
    }
}
