package dev.nereid.models.operators.ml;

import dev.nereid.kernels.tree.Branch;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.operators.IntegerTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The trees of TreeEnsemble: parallel lists with an entry an inner node, and lists with an entry a leaf, each with one
 * weight. Nodes and leaves are named by their places in these lists.
 */
final class LeafLists {
    /** By the numbers in {@code nodes_modes}; {@link #MEMBER} is the next. */
    private static final List<Branch> COMPARISONS = List.of(
            Branch.LESS_OR_EQUAL, Branch.LESS, Branch.GREATER_OR_EQUAL, Branch.GREATER, Branch.EQUAL, Branch.NOT_EQUAL);

    private static final int MEMBER = COMPARISONS.size();

    private final Attributes attributes;
    private final long[] modes;
    private final Forest.Builder builder;

    private LeafLists(Attributes attributes, int targets) {
        this.attributes = attributes;
        this.modes = attributes
                .tensor("nodes_modes")
                .flatMap(IntegerTensors::read)
                .orElseThrow(() -> new ModelFormatException("expected the attribute 'nodes_modes', a tensor of UINT8"));
        this.builder = new Forest.Builder(targets);
    }

    /**
     * Reads the lists.
     *
     * @param targets scores a row
     */
    static Forest read(Attributes attributes, int targets) {
        LeafLists lists = new LeafLists(attributes, targets);
        try {
            lists.addLeaves();
            lists.addNodes();
            for (long root : attributes.integers("tree_roots").orElse(new long[0])) {
                lists.builder.root(Math.toIntExact(root));
            }
            return lists.builder.build();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new ModelFormatException("the trees do not fit together: " + e.getMessage(), e);
        }
    }

    private void addLeaves() {
        long[] targets = attributes.integers("leaf_targetids").orElse(new long[0]);
        double[] weights = NumberLists.tensor(attributes, "leaf_weights");
        if (targets.length != weights.length) {
            throw new ModelFormatException(
                    "attributes 'leaf_targetids' and 'leaf_weights': expected lists of one length," + " got "
                            + targets.length + " and " + weights.length);
        }
        for (int i = 0; i < weights.length; i++) {
            builder.weight(builder.leaf(), Math.toIntExact(targets[i]), weights[i]);
        }
    }

    private void addNodes() {
        long[] features = integers("nodes_featureids");
        double[] splits = NumberLists.tensor(attributes, "nodes_splits");
        checkLength("nodes_splits", splits.length);
        long[] missing = attributes.integers("nodes_missing_value_tracks_true").orElse(new long[0]);
        List<double[]> sets = sets(NumberLists.tensor(attributes, "membership_values"));
        int set = 0;
        for (int i = 0; i < modes.length; i++) {
            int feature = NodeLists.feature(features[i]);
            boolean missingIsTrue = i < missing.length && missing[i] == 1;
            if (modes[i] == MEMBER) {
                if (set == sets.size()) {
                    throw new ModelFormatException("attribute 'membership_values': expected a list for each node of the"
                            + " mode for members, got " + sets.size());
                }
                builder.node(feature, sets.get(set++), missingIsTrue);
            } else {
                builder.node(feature, mode(modes[i]), splits[i], missingIsTrue);
            }
        }
        connect();
    }

    private void connect() {
        long[] onTrue = integers("nodes_truenodeids");
        long[] onFalse = integers("nodes_falsenodeids");
        long[] trueLeaves = integers("nodes_trueleafs");
        long[] falseLeaves = integers("nodes_falseleafs");
        for (int i = 0; i < modes.length; i++) {
            builder.connect(i, place(onTrue[i], trueLeaves[i]), place(onFalse[i], falseLeaves[i]));
        }
    }

    private static int place(long index, long isLeaf) {
        if (index < 0) {
            throw new IllegalArgumentException("there is no " + (isLeaf != 0 ? "leaf " : "node ") + index);
        }
        return isLeaf != 0 ? Forest.leaf(Math.toIntExact(index)) : Math.toIntExact(index);
    }

    /** The sets of the nodes that ask for members, in the order of nodes: NaN ends each. */
    private static List<double[]> sets(double[] values) {
        List<double[]> sets = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < values.length; i++) {
            if (Double.isNaN(values[i])) {
                sets.add(Arrays.copyOfRange(values, start, i));
                start = i + 1;
            }
        }
        if (start < values.length) {
            sets.add(Arrays.copyOfRange(values, start, values.length));
        }
        return sets;
    }

    private static Branch mode(long number) {
        if (number < 0 || number >= MEMBER) {
            throw new ModelFormatException("attribute 'nodes_modes': expected 0 to " + MEMBER + ", got " + number);
        }
        return COMPARISONS.get((int) number);
    }

    private long[] integers(String name) {
        long[] values = attributes.integers(name).orElse(new long[0]);
        checkLength(name, values.length);
        return values;
    }

    private void checkLength(String name, int length) {
        if (length != modes.length) {
            throw new ModelFormatException("attribute '" + name + "': expected a number for each of the " + modes.length
                    + " nodes in 'nodes_modes', got " + length);
        }
    }
}
