package dev.nereid.server.schedule.ensemble;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelEnsembling;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.backend.TensorReshape;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestedOutput;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An ensemble as its config describes it: steps, and the tensors between them, by name. Immutable. */
final class EnsemblePlan {
    /**
     * A model's input or output and the ensemble's tensor that it reads or writes.
     *
     * @param name as the model calls it
     */
    record Port(String name, String tensor) {}

    /**
     * A call of a model.
     *
     * @param version -1 for the highest that is ready
     */
    record Step(int index, String model, long version, List<Port> inputs, List<Port> outputs) {
        Step {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }

    /**
     * A tensor that comes from the client.
     *
     * @param reshape from the client's shape to the one that steps see; empty for none
     */
    record Input(String name, Optional<TensorReshape> reshape) {}

    /**
     * A tensor that the client gets.
     *
     * @param dims as the steps give it, without the batch dim; -1 for any
     * @param reshape from there to the client's shape; empty for none
     */
    record Output(String name, List<Long> dims, Optional<TensorReshape> reshape) {
        Output {
            dims = List.copyOf(dims);
        }
    }

    private final boolean batches;
    private final boolean decoupled;
    private final List<Step> steps = new ArrayList<>();
    private final List<Input> inputs = new ArrayList<>();
    private final List<Output> outputs = new ArrayList<>();
    private final EnsembleSubgraph whole;

    /** @param config of an ensemble, valid and complete */
    EnsemblePlan(ModelConfig config) {
        batches = config.getMaxBatchSize() > 0;
        decoupled = config.getModelTransactionPolicy().getDecoupled();
        for (ModelEnsembling.Step step : config.getEnsembleScheduling().getStepList()) {
            steps.add(new Step(
                    steps.size(),
                    step.getModelName(),
                    step.getModelVersion(),
                    ports(step.getInputMapMap()),
                    ports(step.getOutputMapMap())));
        }
        for (ModelInput input : config.getInputList()) {
            inputs.add(new Input(
                    input.getName(),
                    input.hasReshape()
                            ? Optional.of(new TensorReshape(
                                    input.getDimsList(), input.getReshape().getShapeList(), batches))
                            : Optional.empty()));
        }
        // Triton's map gives outputs back from the last to the first.
        for (ModelOutput output : config.getOutputList().reversed()) {
            List<Long> inside = output.hasReshape() ? output.getReshape().getShapeList() : output.getDimsList();
            outputs.add(new Output(
                    output.getName(),
                    inside,
                    output.hasReshape()
                            ? Optional.of(new TensorReshape(inside, output.getDimsList(), batches))
                            : Optional.empty()));
        }
        whole = new EnsembleSubgraph(steps, outputs);
    }

    private static List<Port> ports(Map<String, String> map) {
        List<Port> ports = new ArrayList<>();
        map.forEach((name, tensor) -> ports.add(new Port(name, tensor)));
        return ports;
    }

    /** Whether the ensemble's tensors have a batch dim. */
    boolean batches() {
        return batches;
    }

    /** Whether a request may have any number of responses. */
    boolean decoupled() {
        return decoupled;
    }

    int steps() {
        return steps.size();
    }

    List<Input> inputs() {
        return inputs;
    }

    /** What a request needs of the ensemble. */
    EnsembleSubgraph subgraph(InferRequest request) {
        Set<String> wanted = new HashSet<>();
        for (RequestedOutput output : request.outputs()) {
            wanted.add(output.name());
        }
        return wanted.isEmpty() || wanted.size() == outputs.size() ? whole : subgraph(wanted);
    }

    private EnsembleSubgraph subgraph(Set<String> wanted) {
        List<Output> results = outputs.stream()
                .filter(output -> wanted.contains(output.name()))
                .toList();
        Set<String> needed = new HashSet<>(wanted);
        Set<Step> chosen = new HashSet<>();
        boolean grown = true;
        while (grown) {
            grown = false;
            for (Step step : steps) {
                if (step.outputs().stream().anyMatch(port -> needed.contains(port.tensor())) && chosen.add(step)) {
                    step.inputs().forEach(port -> needed.add(port.tensor()));
                    grown = true;
                }
            }
        }
        return new EnsembleSubgraph(steps.stream().filter(chosen::contains).toList(), results);
    }
}
