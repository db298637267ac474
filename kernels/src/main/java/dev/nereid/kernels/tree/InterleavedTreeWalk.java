package dev.nereid.kernels.tree;

/**
 * Walks eight trees at a time for one row, so that memory accesses overlap; for fewer rows than {@link InterleavedRowWalk}
 * needs.
 */
final class InterleavedTreeWalk {
    /** Trees that are taken at a time. */
    static final int TREES = 8;

    private static final int BOUND = PairedNodes.BOUND;
    private static final int LOWER = PairedNodes.LOWER;
    private static final int LEAF = PairedNodes.LEAF;
    private static final int NODE = PairedNodes.NODE;

    private final int[] nodes;
    /** The roots of all trees, filled up to whole groups by leaves without weights. */
    private final int[] roots;
    /** Steps of each group of trees before which none of them comes to a leaf. */
    private final int[] certainSteps;

    InterleavedTreeWalk(PairedNodes layout) {
        this.nodes = layout.nodes();
        this.roots = layout.roots();
        this.certainSteps = layout.certainSteps(TREES);
    }

    /** Adds the weights of the leaves that the rows from {@code from} up to {@code to} come to, tree by tree. */
    void run(int from, int to, int[] keys, int width, LeafSums sums) {
        for (int group = 0; group < certainSteps.length; group++) {
            descend(group * TREES, certainSteps[group], from, to, keys, width, sums);
        }
    }

    private void descend(int tree, int certain, int from, int to, int[] keys, int width, LeafSums sums) {
        for (int row = from; row < to; row++) {
            int own = row * width;
            int a = roots[tree];
            int b = roots[tree + 1];
            int c = roots[tree + 2];
            int d = roots[tree + 3];
            int e = roots[tree + 4];
            int f = roots[tree + 5];
            int g = roots[tree + 6];
            int h = roots[tree + 7];
            for (int step = 0; step < certain; step++) {
                a = next(nodes, a, keys, own);
                b = next(nodes, b, keys, own);
                c = next(nodes, c, keys, own);
                d = next(nodes, d, keys, own);
                e = next(nodes, e, keys, own);
                f = next(nodes, f, keys, own);
                g = next(nodes, g, keys, own);
                h = next(nodes, h, keys, own);
            }
            while ((nodes[a + LEAF]
                            | nodes[b + LEAF]
                            | nodes[c + LEAF]
                            | nodes[d + LEAF]
                            | nodes[e + LEAF]
                            | nodes[f + LEAF]
                            | nodes[g + LEAF]
                            | nodes[h + LEAF])
                    < 0) {
                a = next(nodes, a, keys, own);
                b = next(nodes, b, keys, own);
                c = next(nodes, c, keys, own);
                d = next(nodes, d, keys, own);
                e = next(nodes, e, keys, own);
                f = next(nodes, f, keys, own);
                g = next(nodes, g, keys, own);
                h = next(nodes, h, keys, own);
            }
            sums.add(nodes[a + LEAF], row);
            sums.add(nodes[b + LEAF], row);
            sums.add(nodes[c + LEAF], row);
            sums.add(nodes[d + LEAF], row);
            sums.add(nodes[e + LEAF], row);
            sums.add(nodes[f + LEAF], row);
            sums.add(nodes[g + LEAF], row);
            sums.add(nodes[h + LEAF], row);
        }
    }

    private static int next(int[] nodes, int place, int[] keys, int row) {
        long toBound = (long) nodes[place + BOUND] - keys[row + nodes[place]];
        return nodes[place + LOWER] + NODE * (int) (toBound >>> 63);
    }
}
