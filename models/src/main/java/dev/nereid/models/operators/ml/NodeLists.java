package dev.nereid.models.operators.ml;

import dev.nereid.kernels.tree.Branch;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The trees of TreeEnsembleClassifier and TreeEnsembleRegressor: parallel lists with an entry a node, leaves among them,
 * and lists with an entry a weight. The first node of each tree is its root.
 */
final class NodeLists {
    private static final Map<String, Branch> MODES = Map.of(
            "BRANCH_LEQ", Branch.LESS_OR_EQUAL,
            "BRANCH_LT", Branch.LESS,
            "BRANCH_GTE", Branch.GREATER_OR_EQUAL,
            "BRANCH_GT", Branch.GREATER,
            "BRANCH_EQ", Branch.EQUAL,
            "BRANCH_NEQ", Branch.NOT_EQUAL);
    private static final String LEAF = "LEAF";

    /** A node's identity: node numbers start anew in each tree. */
    private record Identity(long tree, long node) {}

    private final Attributes attributes;
    private final List<String> modes;
    private final long[] trees;
    private final long[] numbers;
    private final Map<Identity, Integer> places = new HashMap<>();
    private final Forest.Builder builder;

    private NodeLists(Attributes attributes, int targets) {
        this.attributes = attributes;
        this.modes = attributes.texts("nodes_modes").orElse(List.of());
        this.trees = integers("nodes_treeids");
        this.numbers = integers("nodes_nodeids");
        this.builder = new Forest.Builder(targets);
    }

    /**
     * Reads the lists.
     *
     * @param weights how the names of the lists of weights start: with "class" or "target"
     * @param targets scores a row
     */
    static Forest read(Attributes attributes, String weights, int targets) {
        NodeLists lists = new NodeLists(attributes, targets);
        lists.addNodes();
        lists.connect();
        lists.addWeights(weights);
        try {
            return lists.builder.build();
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException("the trees do not fit together: " + e.getMessage(), e);
        }
    }

    private void addNodes() {
        long[] features = integers("nodes_featureids");
        double[] values = NumberLists.read(attributes, "nodes_values");
        checkLength("nodes_values", values.length);
        long[] missing = attributes.integers("nodes_missing_value_tracks_true").orElse(new long[0]);
        for (int i = 0; i < modes.size(); i++) {
            boolean missingIsTrue = i < missing.length && missing[i] == 1;
            int place = modes.get(i).equals(LEAF)
                    ? builder.leaf()
                    : builder.node(feature(features[i]), mode(modes.get(i)), values[i], missingIsTrue);
            Identity identity = new Identity(trees[i], numbers[i]);
            if (places.put(identity, place) != null) {
                throw new ModelFormatException("tree " + trees[i] + " has node " + numbers[i] + " twice");
            }
            if (i == 0 || trees[i] != trees[i - 1]) {
                builder.root(place);
            }
        }
    }

    private void connect() {
        long[] onTrue = integers("nodes_truenodeids");
        long[] onFalse = integers("nodes_falsenodeids");
        for (int i = 0; i < modes.size(); i++) {
            int place = place(trees[i], numbers[i]);
            if (place >= 0) {
                builder.connect(place, place(trees[i], onTrue[i]), place(trees[i], onFalse[i]));
            }
        }
    }

    private void addWeights(String kind) {
        long[] weightTrees = attributes.integers(kind + "_treeids").orElse(new long[0]);
        long[] weightNodes = attributes.integers(kind + "_nodeids").orElse(new long[0]);
        long[] targets = attributes.integers(kind + "_ids").orElse(new long[0]);
        double[] weights = NumberLists.read(attributes, kind + "_weights");
        if (weightTrees.length != weights.length
                || weightNodes.length != weights.length
                || targets.length != weights.length) {
            throw new ModelFormatException("attributes '" + kind + "_treeids', '" + kind + "_nodeids', '" + kind
                    + "_ids' and '" + kind + "_weights': expected lists of one length, got " + weightTrees.length + ", "
                    + weightNodes.length + ", " + targets.length + " and " + weights.length);
        }
        for (int i = 0; i < weights.length; i++) {
            int place = place(weightTrees[i], weightNodes[i]);
            // Some converters give weights to inner nodes; they have no meaning.
            if (place < 0) {
                addWeight(place, targets[i], weights[i]);
            }
        }
    }

    private void addWeight(int leaf, long target, double weight) {
        try {
            builder.weight(leaf, Math.toIntExact(target), weight);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new ModelFormatException("a weight of the trees: " + e.getMessage(), e);
        }
    }

    private int place(long tree, long node) {
        Integer place = places.get(new Identity(tree, node));
        if (place == null) {
            throw new ModelFormatException("tree " + tree + " has no node " + node);
        }
        return place;
    }

    private long[] integers(String name) {
        long[] values = attributes.integers(name).orElse(new long[0]);
        checkLength(name, values.length);
        return values;
    }

    private void checkLength(String name, int length) {
        if (length != modes.size()) {
            throw new ModelFormatException("attribute '" + name + "': expected a number for each of the " + modes.size()
                    + " nodes in 'nodes_modes', got " + length);
        }
    }

    static int feature(long feature) {
        if (feature < 0 || feature > Integer.MAX_VALUE - 8) {
            throw new ModelFormatException("attribute 'nodes_featureids': there is no feature " + feature);
        }
        return (int) feature;
    }

    private static Branch mode(String name) {
        Branch branch = MODES.get(name);
        if (branch == null) {
            throw new ModelFormatException("attribute 'nodes_modes': expected one of "
                    + new java.util.TreeSet<>(MODES.keySet()) + " or LEAF, got '" + name + "'");
        }
        return branch;
    }
}
