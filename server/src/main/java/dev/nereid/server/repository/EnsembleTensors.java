package dev.nereid.server.repository;

import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelEnsembling.Step;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.protocol.DimText;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compares an ensemble with the models of its steps: each tensor must have one datatype and shapes that agree, whoever
 * describes it, and a step may not join what comes from different decoupled models. The texts are Triton's.
 */
final class EnsembleTensors {
    /** The number of the origin of tensors that no decoupled model is behind. */
    private static final int NO_ORIGIN = 0;

    /**
     * A tensor as somebody describes it.
     *
     * @param model who does
     * @param dims without the batch dim
     */
    private record Description(ModelId model, boolean batches, DataType type, List<Long> dims) {
        List<Long> allDims() {
            List<Long> all = new ArrayList<>(dims);
            if (batches) {
                all.addFirst(-1L);
            }
            return all;
        }
    }

    private final ModelId id;
    private final ModelConfig ensemble;
    private final Function<Step, ModelConfig> models;
    private final Map<String, Description> tensors = new HashMap<>();

    private EnsembleTensors(ModelId id, ModelConfig ensemble, Function<Step, ModelConfig> models) {
        this.id = id;
        this.ensemble = ensemble;
        this.models = models;
    }

    /**
     * Checks a config that agrees with itself.
     *
     * @param ensemble says of each step in which namespace its model is
     * @param models the configs of the steps' models
     * @return whether a request may have any number of responses, for one of the models is decoupled
     * @throws ModelLoadException with the first thing that is wrong
     */
    static boolean check(ModelId id, ModelConfig ensemble, Function<Step, ModelConfig> models) {
        EnsembleTensors tensors = new EnsembleTensors(id, ensemble, models);
        tensors.describeEnsemble();
        for (Step step : ensemble.getEnsembleScheduling().getStepList()) {
            tensors.describe(step, models.apply(step));
        }
        return tensors.followOrigins() > NO_ORIGIN;
    }

    private void describeEnsemble() {
        boolean batches = ensemble.getMaxBatchSize() > 0;
        for (ModelInput input : ensemble.getInputList()) {
            List<Long> dims = input.hasReshape() ? input.getReshape().getShapeList() : input.getDimsList();
            tensors.put(input.getName(), new Description(id, batches, input.getDataType(), dims));
        }
        for (ModelOutput output : ensemble.getOutputList()) {
            List<Long> dims = output.hasReshape() ? output.getReshape().getShapeList() : output.getDimsList();
            tensors.putIfAbsent(output.getName(), new Description(id, batches, output.getDataType(), dims));
        }
    }

    private void describe(Step step, ModelConfig model) {
        ModelId part = ModelId.of(step);
        int most = model.getMaxBatchSize();
        if (most != 0 && most < ensemble.getMaxBatchSize()) {
            throw ModelLoadException.invalid("ensemble " + id + " allows maximum batch size "
                    + ensemble.getMaxBatchSize() + ", but it contains model " + step.getModelName()
                    + " which only allows maximum batch size to be " + most);
        }
        Map<String, Description> inputs = new HashMap<>();
        for (ModelInput input : model.getInputList()) {
            inputs.put(input.getName(), new Description(part, most > 0, input.getDataType(), input.getDimsList()));
        }
        Map<String, Description> read = new LinkedHashMap<>();
        step.getInputMapMap()
                .forEach((input, tensor) -> read.put(
                        input,
                        known(
                                inputs.get(input),
                                "ensemble tensor " + tensor + " is mapping to non-existing input " + input
                                        + " in model " + part)));
        for (ModelInput input : model.getInputList()) {
            require(
                    read.containsKey(input.getName()) || input.getOptional(),
                    "input " + input.getName() + " in model " + part + " is not mapped to any ensemble tensors");
        }
        read.forEach((input, description) -> agree(step.getInputMapOrThrow(input), description));
        Map<String, Description> outputs = new HashMap<>();
        for (ModelOutput output : model.getOutputList()) {
            outputs.put(output.getName(), new Description(part, most > 0, output.getDataType(), output.getDimsList()));
        }
        step.getOutputMapMap()
                .forEach((output, tensor) -> agree(
                        tensor,
                        known(
                                outputs.get(output),
                                "ensemble tensor " + tensor + " is mapped from non-existing output " + output
                                        + " in model " + step.getModelName())));
    }

    private Description known(@Nullable Description description, String text) {
        if (description == null) {
            throw disagreement(text);
        }
        return description;
    }

    /** Compares with the first description of the tensor. */
    private void agree(String tensor, Description now) {
        Description first = tensors.putIfAbsent(tensor, now);
        if (first == null) {
            return;
        }
        String start = "ensemble tensor " + tensor + ": inconsistent ";
        require(
                first.type() == now.type(),
                start + "data type: " + first.type() + " is inferred from model " + first.model() + " while "
                        + now.type() + " is inferred from model " + now.model());
        require(
                agree(first.dims(), now.dims()) || agree(first.allDims(), now.allDims()),
                start + "shape: " + DimText.of(first.allDims()) + " is inferred from model " + first.model() + " while "
                        + DimText.of(now.allDims()) + " is inferred from model " + now.model());
    }

    private static boolean agree(List<Long> a, List<Long> b) {
        boolean agree = a.size() == b.size();
        for (int i = 0; agree && i < a.size(); i++) {
            agree = a.get(i) == -1 || b.get(i) == -1 || a.get(i).equals(b.get(i));
        }
        return agree;
    }

    /**
     * Gives each tensor the number of the decoupled step that it comes from last: only tensors of one origin have the same
     * iterations.
     *
     * @return how many origins there are
     */
    private int followOrigins() {
        Map<String, Integer> origins = new HashMap<>();
        ensemble.getInputList().forEach(input -> origins.put(input.getName(), NO_ORIGIN));
        List<Step> left = new ArrayList<>(ensemble.getEnsembleScheduling().getStepList());
        int count = NO_ORIGIN;
        while (!left.isEmpty()) {
            // The checks of the config alone have shown that each step can be reached.
            Step step = left.stream()
                    .filter(candidate -> origins.keySet()
                            .containsAll(candidate.getInputMapMap().values()))
                    .findFirst()
                    .orElseThrow();
            left.remove(step);
            int origin = single(step.getInputMapMap().values(), origins, ModelId.of(step));
            boolean decoupled = models.apply(step).getModelTransactionPolicy().getDecoupled();
            int next = decoupled ? ++count : origin;
            step.getOutputMapMap().values().forEach(tensor -> origins.put(tensor, next));
        }
        single(ensemble.getOutputList().stream().map(ModelOutput::getName).toList(), origins, id);
        return count;
    }

    private int single(Iterable<String> names, Map<String, Integer> origins, ModelId reader) {
        int origin = -1;
        for (String name : names) {
            int each = origins.getOrDefault(name, NO_ORIGIN);
            require(
                    origin == -1 || origin == each,
                    "step of model '" + reader + "' receives inputs originated from different decoupled models");
            origin = each;
        }
        return origin;
    }

    private void require(boolean condition, String text) {
        if (!condition) {
            throw disagreement(text);
        }
    }

    private ModelLoadException disagreement(String text) {
        return ModelLoadException.invalid("in ensemble " + id + ", " + text);
    }
}
