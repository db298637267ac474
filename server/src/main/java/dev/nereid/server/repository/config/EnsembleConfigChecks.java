package dev.nereid.server.repository.config;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelEnsembling.Step;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Refuses ensembles whose config contradicts itself, whatever the models of their steps are; the texts are Triton's, as
 * far as it looks.
 */
public final class EnsembleConfigChecks {
    /** What the config of an ensemble calls its platform. */
    public static final String PLATFORM = "ensemble";

    private final ModelConfig config;
    private final List<Step> steps;
    /** Tensor to the number of the step that writes it. */
    private final Map<String, Integer> writers = new HashMap<>();

    /** Every tensor, in the order of the steps. */
    private final Set<String> tensors = new LinkedHashSet<>();

    private final Set<String> read = new HashSet<>();
    /** Tensors that the steps can make of the ensemble's inputs. */
    private final Set<String> reached = new HashSet<>();

    private EnsembleConfigChecks(ModelConfig config) {
        this.config = config;
        this.steps = config.getEnsembleScheduling().getStepList();
    }

    /**
     * Checks a config that says anything of ensembles; leaves others alone.
     *
     * @throws ModelLoadException with the first thing that is wrong
     */
    static void check(ModelConfig config) {
        boolean ensemble = config.getPlatform().equals(PLATFORM);
        if (config.hasEnsembleScheduling()) {
            EnsembleConfigChecks checks = new EnsembleConfigChecks(config);
            checks.fields();
            checks.steps();
            checks.flow();
        } else if (ensemble) {
            throw ModelLoadException.invalid("ensemble scheduling must be set for ensemble " + config.getName()
                    + " whose platform is " + PLATFORM);
        }
    }

    private void fields() {
        String name = "'" + config.getName() + "'";
        require(
                config.getPlatform().equals(PLATFORM),
                "ensemble scheduling cannot be set for model " + name + " whose platform is not " + PLATFORM);
        require(
                config.getBackend().isEmpty(),
                "Ensemble model " + name + " must have platform type '" + PLATFORM + "' and empty backend type");
        require(config.getInstanceGroupCount() == 0, "instance group should not be specified for ensemble " + name);
        require(!config.hasOptimization(), "optimization should not be specified for ensemble " + name);
        require(config.getModelWarmupCount() == 0, "model_warmup can not be specified for ensemble " + name);
        require(!steps.isEmpty(), "must specify 'step' for ensemble " + name);
    }

    private void steps() {
        Set<String> inputs = new HashSet<>();
        config.getInputList().forEach(input -> inputs.add(input.getName()));
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            String where = " in step " + i + " of ensemble '" + config.getName() + "'";
            require(!step.getModelName().isEmpty(), "must specify 'model_name'" + where);
            require(step.getInputMapCount() > 0, "must specify 'input_map'" + where);
            require(step.getOutputMapCount() > 0, "must specify 'output_map'" + where);
            for (String tensor : step.getOutputMapMap().values()) {
                require(
                        writers.put(tensor, i) == null,
                        "ensemble tensor '" + tensor + "' can appear in an output map only once for ensemble '"
                                + config.getName() + "' step " + i);
                require(
                        !inputs.contains(tensor),
                        "ensemble input '" + tensor + "' cannot be written by a step for ensemble '" + config.getName()
                                + "' step " + i);
                tensors.add(tensor);
            }
            tensors.addAll(step.getInputMapMap().values());
            read.addAll(step.getInputMapMap().values());
        }
    }

    /** Follows the tensors from the inputs on. */
    private void flow() {
        for (ModelInput input : config.getInputList()) {
            require(
                    tensors.contains(input.getName()),
                    "ensemble input '" + input.getName() + "' for ensemble " + config.getName() + "' is not used");
            reached.add(input.getName());
        }
        boolean grown = true;
        while (grown) {
            grown = false;
            for (Step step : steps) {
                if (reached.containsAll(step.getInputMapMap().values())) {
                    grown |= reached.addAll(step.getOutputMapMap().values());
                }
            }
        }
        Set<String> outputs = new HashSet<>();
        for (ModelOutput output : config.getOutputList()) {
            String name = output.getName();
            require(
                    tensors.contains(name),
                    "ensemble output '" + name + "' for ensemble " + config.getName() + "' is not used");
            require(
                    reached.contains(name),
                    "output '" + name + "' for ensemble '" + config.getName() + "' is not written" + cause(name));
            outputs.add(name);
        }
        for (String tensor : tensors) {
            require(
                    outputs.contains(tensor) || (reached.contains(tensor) && read.contains(tensor)),
                    "ensemble tensor '" + tensor + "' is unused in ensemble '" + config.getName() + "'");
        }
    }

    /** Why a tensor cannot be made: the tensor that is missing, as far back as it can be followed. */
    private String cause(String tensor) {
        List<String> seen = new ArrayList<>(List.of(tensor));
        boolean followed = true;
        while (followed) {
            followed = false;
            Integer writer = writers.get(seen.getLast());
            if (writer != null) {
                for (String input : steps.get(writer).getInputMapMap().values()) {
                    if (!followed && !reached.contains(input) && !seen.contains(input)) {
                        seen.add(input);
                        followed = true;
                    }
                }
            }
        }
        return seen.size() == 1
                ? ""
                : ": at least one of its depending tensors, '" + seen.getLast() + "', is not connected";
    }

    private static void require(boolean condition, String text) {
        if (!condition) {
            throw ModelLoadException.invalid(text);
        }
    }
}
