package dev.nereid.cuda.placement;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A part of a graph that runs on a device, as one node of the graph around it. Its first inputs are those inputs of the
 * model whose shapes say what symbols stand for; only their shapes are read. Then come the values that are copied in. The
 * last ones are read by nobody, and only say which regions run before.
 *
 * @param runs of the model
 * @param number of the region
 * @param outputs the types of the node's outputs: first those that are copied out; others have no content
 */
record DeviceRegion(PlacedRuns runs, int number, List<TensorType> outputs) implements Operator {
    DeviceRegion {
        outputs = List.copyOf(outputs);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return outputs;
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(this::run);
    }

    private void run(StepRun host) {
        host.resource(PlacedRun.class, () -> begin(host)).region(number, host);
    }

    private PlacedRun begin(StepRun host) {
        return runs.begin(
                IntStream.range(0, runs.binding().size())
                        .mapToObj(input -> host.input(input).shape())
                        .toList(),
                host.turn());
    }
}
