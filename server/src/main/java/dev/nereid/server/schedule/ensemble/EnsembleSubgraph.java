package dev.nereid.server.schedule.ensemble;

import dev.nereid.server.schedule.ensemble.EnsemblePlan.Output;
import dev.nereid.server.schedule.ensemble.EnsemblePlan.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The steps of an ensemble that some of its outputs depend on, and where their tensors are needed. Immutable. */
final class EnsembleSubgraph {
    /** A place where a tensor is needed. */
    sealed interface Use {
        /** An input of a step, by its number among the step's inputs. */
        record OfStep(Step step, int place) implements Use {}

        /** An output of the ensemble, by its number among the subgraph's outputs. */
        record OfAnswer(int place) implements Use {}
    }

    private final List<Step> steps;
    private final List<Output> outputs;
    private final Map<String, List<Use>> uses = new HashMap<>();

    /** A subgraph of these steps for these outputs; no other step is needed for them. */
    EnsembleSubgraph(List<Step> steps, List<Output> outputs) {
        this.steps = List.copyOf(steps);
        this.outputs = List.copyOf(outputs);
        for (Step step : steps) {
            for (int place = 0; place < step.inputs().size(); place++) {
                add(step.inputs().get(place).tensor(), new Use.OfStep(step, place));
            }
        }
        for (int place = 0; place < outputs.size(); place++) {
            add(outputs.get(place).name(), new Use.OfAnswer(place));
        }
    }

    private void add(String tensor, Use use) {
        uses.computeIfAbsent(tensor, _ -> new ArrayList<>(1)).add(use);
    }

    List<Step> steps() {
        return steps;
    }

    /** The outputs, in the order of the response. */
    List<Output> outputs() {
        return outputs;
    }

    /** Where a tensor is needed; empty for one that is not. */
    List<Use> uses(String tensor) {
        return uses.getOrDefault(tensor, List.of());
    }

    /** Whether any step or output of the subgraph needs a tensor. */
    boolean needs(String tensor) {
        return uses.containsKey(tensor);
    }
}
