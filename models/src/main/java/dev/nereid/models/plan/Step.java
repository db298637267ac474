package dev.nereid.models.plan;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.StepKernel;
import dev.nereid.models.operators.Operator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One entry of a plan: a kernel over values.
 *
 * @param node what the step computes, for messages and for shapes that only a run can know
 * @param inputs the value of each of the node's inputs; -1 where it is left out or not read
 * @param outputs the value of each of the node's outputs; -1 where nobody wants it
 * @param viewOf the input whose memory output 0 is under another shape, with no kernel to run; -1 for ordinary steps
 * @param dynamic whether the shape of an output is known only when the inputs have been computed
 * @param open whether the shape of an input or output depends on those of the run's inputs, so that only a run can know
 *     whether they are what the operator asks for
 * @param unread for a dynamic or open step what is known of the inputs that it does not read
 */
@SuppressWarnings("ArrayRecordComponent")
public record Step(
        Node node,
        Operator operator,
        int[] inputs,
        int[] outputs,
        StepKernel kernel,
        int viewOf,
        boolean dynamic,
        boolean open,
        Map<Integer, Unread> unread) {
    /** An input that has been used up when the plan was built, such as weights that the kernel has packed. */
    public record Unread(ValueType type, Optional<List<Dim>> content) {}

    /** The kernel of a view. */
    static final StepKernel NOTHING = _ -> {};
}
