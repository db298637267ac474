package dev.nereid.models.pytorch.export;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DimLimit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Dims of inputs, and the bounds that the file has for them. */
final class InputDims {
    /** What exporting assumes of every size; PyTorch does not hold inputs to it. */
    private static final long ALWAYS_ASSUMED = 2;

    private InputDims() {}

    /** The type of an input: a formula from which no run could tell its symbol becomes a symbol of its own. */
    static TensorType of(TensorType type) {
        return TensorType.of(
                type.dataType(),
                type.dims().orElseThrow().stream()
                        .map(dim -> dim.isKnown() || dim.linear().isPresent() ? dim : Dim.symbol(dim.toString()))
                        .toList());
    }

    /** The bounds of the dims of a graph's inputs. */
    static List<DimLimit> limits(Graph graph, Map<String, ExportedProgram.Range> ranges) {
        Map<Dim, ExportedProgram.Range> byFormula = new HashMap<>();
        ranges.forEach((text, range) -> byFormula.put(SymbolicExpression.dim(text), range));
        List<DimLimit> limits = new ArrayList<>();
        for (int input = 0; input < graph.inputs().size(); input++) {
            if (graph.types().get(graph.inputs().get(input)) instanceof TensorType type) {
                List<Dim> dims = type.dims().orElse(List.of());
                for (int axis = 0; axis < dims.size(); axis++) {
                    ExportedProgram.Range range = byFormula.get(dims.get(axis));
                    if (range != null) {
                        long least = range.least().orElse(0);
                        long most = range.most().orElse(Long.MAX_VALUE);
                        if (least > ALWAYS_ASSUMED || most < Long.MAX_VALUE) {
                            limits.add(new DimLimit(input, axis, least > ALWAYS_ASSUMED ? least : 0, most));
                        }
                    }
                }
            }
        }
        return limits;
    }
}
