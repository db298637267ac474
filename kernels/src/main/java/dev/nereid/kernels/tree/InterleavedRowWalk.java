package dev.nereid.kernels.tree;

/** Walks four rows down one tree at a time, so that memory accesses overlap. */
final class InterleavedRowWalk {
    /** Rows that are taken at a time. */
    static final int ROWS = 4;

    private static final int BOUND = PairedNodes.BOUND;
    private static final int LOWER = PairedNodes.LOWER;
    private static final int LEAF = PairedNodes.LEAF;
    private static final int NODE = PairedNodes.NODE;

    private final int[] nodes;
    private final int[] roots;
    private final int[] certainSteps;
    private final int trees;

    InterleavedRowWalk(PairedNodes layout, int trees) {
        this.nodes = layout.nodes();
        this.roots = layout.roots();
        this.certainSteps = layout.leastSteps();
        this.trees = trees;
    }

    /** Adds the weights of the leaves that the rows before {@code rows} come to, tree by tree. */
    void run(int rows, int[] keys, int width, LeafSums sums) {
        for (int tree = 0; tree < trees; tree++) {
            descend(roots[tree], certainSteps[tree], rows, keys, width, sums);
        }
    }

    private void descend(int root, int certain, int rows, int[] keys, int width, LeafSums sums) {
        int row = 0;
        for (; row + ROWS <= rows; row += ROWS) {
            int first = row * width;
            int second = first + width;
            int third = second + width;
            int fourth = third + width;
            int a = root;
            int b = root;
            int c = root;
            int d = root;
            for (int step = 0; step < certain; step++) {
                a = next(a, keys, first);
                b = next(b, keys, second);
                c = next(c, keys, third);
                d = next(d, keys, fourth);
            }
            while ((nodes[a + LEAF] | nodes[b + LEAF] | nodes[c + LEAF] | nodes[d + LEAF]) < 0) {
                a = next(a, keys, first);
                b = next(b, keys, second);
                c = next(c, keys, third);
                d = next(d, keys, fourth);
            }
            sums.add(nodes[a + LEAF], row);
            sums.add(nodes[b + LEAF], row + 1);
            sums.add(nodes[c + LEAF], row + 2);
            sums.add(nodes[d + LEAF], row + 3);
        }
        for (; row < rows; row++) {
            int place = root;
            while (nodes[place + LEAF] < 0) {
                place = next(place, keys, row * width);
            }
            sums.add(nodes[place + LEAF], row);
        }
    }

    private int next(int place, int[] keys, int row) {
        long toBound = (long) nodes[place + BOUND] - keys[row + nodes[place]];
        return nodes[place + LOWER] + NODE * (int) (toBound >>> 63);
    }
}
