package dev.nereid.perf;

import dev.nereid.perf.model.ModelContract;
import dev.nereid.perf.model.ModelReference;
import dev.nereid.perf.model.ServerApi;
import java.util.ArrayList;
import java.util.List;

/** Which models the server runs for a request: the one that is asked for, an ensemble's steps, what the user names. */
final class ComposingModels {
    private ComposingModels() {}

    /** The model under load first, then those behind it, each once; ensembles within ensembles give way to their steps. */
    static List<ModelReference> of(ServerApi api, ModelContract model, List<String> named) {
        List<ModelReference> all = new ArrayList<>();
        all.add(new ModelReference(model.name(), model.version()));
        addSteps(api, model, all);
        for (String item : named) {
            String text = item.strip();
            int colon = text.lastIndexOf(':');
            ModelReference reference = colon < 0
                    ? new ModelReference(text, "")
                    : new ModelReference(text.substring(0, colon), text.substring(colon + 1));
            addSteps(api, api.contract(reference.name(), reference.version()), all);
            add(all, reference);
        }
        return all;
    }

    /** A model with what its steps make of it: where requests of one belong to sequences, say, its own do too. */
    static ModelContract withSteps(ServerApi api, ModelContract model) {
        List<ModelContract> steps = model.steps().stream()
                .map(step -> withSteps(api, api.contract(step.name(), step.version())))
                .toList();
        return model.with(
                steps.stream().anyMatch(ModelContract::sequences),
                steps.stream().anyMatch(ModelContract::cached));
    }

    private static void addSteps(ServerApi api, ModelContract ensemble, List<ModelReference> all) {
        for (ModelReference step : ensemble.steps()) {
            ModelContract contract = api.contract(step.name(), step.version());
            if (contract.steps().isEmpty()) {
                add(all, step);
            } else {
                addSteps(api, contract, all);
            }
        }
    }

    private static void add(List<ModelReference> all, ModelReference reference) {
        if (!all.contains(reference)) {
            all.add(reference);
        }
    }
}
