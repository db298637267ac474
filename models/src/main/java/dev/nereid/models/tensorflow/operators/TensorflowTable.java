package dev.nereid.models.tensorflow.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.tensorflow.graph.TensorflowNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Every TensorFlow operator that a graph may use, in explicit lists of one family each. Immutable. */
public final class TensorflowTable {
    private static final TensorflowTable ALL = new TensorflowTable(Stream.of(
                    TensorflowValues.all(),
                    TensorflowControl.all(),
                    TensorflowElementwise.all(),
                    TensorflowActivations.all(),
                    TensorflowArithmetic.all(),
                    TensorflowComparisons.all(),
                    TensorflowReductions.all(),
                    TensorflowScans.all(),
                    TensorflowProducts.all(),
                    TensorflowConvolutions.all(),
                    TensorflowTransposedConvolutions.all(),
                    TensorflowPooling.all(),
                    TensorflowNormalizations.all(),
                    TensorflowShapes.all(),
                    TensorflowJoins.all(),
                    TensorflowSlices.all(),
                    TensorflowPadding.all(),
                    TensorflowBlocks.all(),
                    TensorflowGathers.all(),
                    TensorflowScatters.all(),
                    TensorflowSegments.all(),
                    TensorflowStitches.all(),
                    TensorflowMatrices.all(),
                    TensorflowQuantization.all(),
                    TensorflowTexts.all(),
                    TensorflowExamples.all(),
                    TensorflowCreation.all(),
                    TensorflowRandom.all(),
                    TensorflowSorting.all(),
                    TensorflowResizes.all(),
                    TensorflowBoxes.all())
            .flatMap(List::stream)
            .toList());

    private final Map<String, TensorflowOperator> byName = new TreeMap<>();

    private TensorflowTable(List<TensorflowOperator> rows) {
        for (TensorflowOperator row : rows) {
            if (byName.put(row.name(), row) != null) {
                throw new IllegalStateException("two rows are named " + row.name());
            }
        }
    }

    public static TensorflowTable all() {
        return ALL;
    }

    /** Every row, by name. */
    public List<TensorflowOperator> rows() {
        return List.copyOf(byName.values());
    }

    /** Whether there is a row for an operator. */
    public boolean has(String operator) {
        return byName.containsKey(operator);
    }

    /**
     * Lowers a node.
     *
     * @return its outputs, of which the last ones may be left out
     * @throws ModelFormatException if the operator is unknown or something does not suit it; names the node
     */
    List<Value> lower(TensorflowNode node, List<Value> inputs, GraphScope scope) {
        TensorflowOperator row = byName.get(node.operator());
        if (row == null) {
            throw node.wrong("the operator is not known; see docs/tensorflow.md for those that are");
        }
        scope.graph().scope(node.name());
        TensorflowCall call = new TensorflowCall(
                node, inputs, node.attributes().or(row.defaults().values()), scope);
        try {
            return row.lowering().apply(call);
        } catch (ModelFormatException e) {
            throw new ModelFormatException(node.describe() + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw new ModelFormatException(node.describe() + ": its inputs do not suit it: " + e, e);
        }
    }
}
