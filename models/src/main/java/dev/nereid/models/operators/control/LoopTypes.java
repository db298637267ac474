package dev.nereid.models.operators.control;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.OptionalType;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The types of what a loop's body hands to its next run, found by giving up what a run changes until nothing more
 * changes. One use a node.
 */
final class LoopTypes {
    private final Inference in;
    /** Dims that differ from run to run. */
    private final Set<Dim> open = new HashSet<>();

    private List<ValueType> given = List.of();

    LoopTypes(Inference in) {
        this.in = in;
    }

    /**
     * Types that hold in every run.
     *
     * @param initial types before the first run
     * @param firstState where states begin among what a run gives
     * @param body what a run gives of the types it was given
     */
    List<ValueType> settle(List<ValueType> initial, int firstState, UnaryOperator<List<ValueType>> body) {
        List<ValueType> types = initial;
        while (true) {
            given = body.apply(types);
            if (given.size() < firstState + types.size()) {
                throw new ModelFormatException("the body gives " + given.size() + " values; expected "
                        + (firstState + types.size()) + " at least");
            }
            List<ValueType> wider = new ArrayList<>();
            for (int i = 0; i < types.size(); i++) {
                wider.add(widen(types.get(i), given.get(firstState + i), "state " + i));
            }
            if (wider.equals(types)) {
                return types;
            }
            types = wider;
        }
    }

    /** What a run gives of the types that hold in every run; once they are settled. */
    List<ValueType> given() {
        return given;
    }

    /** The type with fresh dims where formulas depend on what differs from run to run. */
    TensorType outside(TensorType type) {
        if (!type.hasRank()) {
            return type;
        }
        Set<String> symbols = new HashSet<>();
        open.forEach(dim -> symbols.addAll(dim.symbols()));
        return TensorType.of(
                type.dataType(),
                type.dims().orElseThrow().stream()
                        .map(dim -> dim.symbols().stream().anyMatch(symbols::contains) ? in.unknownDim() : dim)
                        .toList());
    }

    private ValueType widen(ValueType state, ValueType given, String what) {
        if (state.equals(given)) {
            return state;
        }
        if (state instanceof TensorType a && given instanceof TensorType b && a.dataType() == b.dataType()) {
            return widen(a, b);
        }
        if (state instanceof SequenceType(ValueType a) && given instanceof SequenceType(ValueType b)) {
            return new SequenceType(widen(a, b, what));
        }
        if (state instanceof OptionalType(ValueType a)) {
            return new OptionalType(widen(a, given instanceof OptionalType(ValueType b) ? b : given, what));
        }
        throw new ModelFormatException(what + " is " + state + " before a run of the body and " + given + " after");
    }

    private TensorType widen(TensorType state, TensorType given) {
        if (!state.hasRank() || !given.hasRank() || state.rank() != given.rank()) {
            return TensorType.ofUnknownRank(state.dataType());
        }
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < state.rank(); axis++) {
            Dim dim = state.dim(axis);
            if (!dim.equals(given.dim(axis)) && !open.contains(dim)) {
                dim = in.unknownDim();
                open.add(dim);
            }
            dims.add(dim);
        }
        return TensorType.of(state.dataType(), dims);
    }
}
