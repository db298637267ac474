package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.ElementwiseChain.Access;
import dev.nereid.cuda.device.ElementwiseChain.Place;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.graph.Dim;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/**
 * How an operand of a fused chain broadcasts to the result, as far as symbolic dims tell.
 *
 * @param innerFrom the first axis of the result behind all that the operand spans
 */
record SymbolicBroadcast(Access access, int innerFrom) {
    /** Empty where the operand is repeated between axes that it spans, or where only a run knows whether it is repeated. */
    static Optional<SymbolicBroadcast> of(List<Dim> operand, List<Dim> result) {
        int missing = result.size() - operand.size();
        if (missing < 0) {
            return Optional.empty();
        }
        int innerFrom = 0;
        boolean spans = false;
        boolean repeats = false;
        boolean repeatsSinceSpan = false;
        for (int axis = 0; axis < result.size(); axis++) {
            if (result.get(axis).is(1)) {
                continue;
            }
            Dim dim = axis < missing ? Dim.of(1) : operand.get(axis - missing);
            if (dim.is(1)) {
                repeats = true;
                repeatsSinceSpan = true;
                continue;
            }
            if (!dim.equals(result.get(axis)) || (spans && repeatsSinceSpan)) {
                return Optional.empty();
            }
            spans = true;
            repeatsSinceSpan = false;
            innerFrom = axis + 1;
        }
        if (!repeats) {
            return Optional.of(new SymbolicBroadcast(Access.DENSE, result.size()));
        }
        return Optional.of(
                spans ? new SymbolicBroadcast(Access.PERIODIC, innerFrom) : new SymbolicBroadcast(Access.SCALAR, 0));
    }

    /** Where the operand lies in a run. */
    Place place(DeviceTensor operand, Shape result) {
        int inner = access == Access.PERIODIC ? Math.toIntExact(result.elements(innerFrom, result.rank())) : 1;
        return new Place(operand.address(), inner, operand.length());
    }
}
