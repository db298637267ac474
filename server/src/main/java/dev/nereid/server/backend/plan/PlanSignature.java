package dev.nereid.server.backend.plan;

import dev.nereid.models.LoadedModel.Port;
import dev.nereid.models.ModelSignature;
import dev.nereid.proto.inference.BatchInput;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.proto.inference.ModelSequenceBatching.State;
import dev.nereid.server.backend.AddedInputs;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.protocol.DimText;
import dev.nereid.server.protocol.InferException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks that a config and a model's file describe the same tensors; the texts are those of Triton's ONNX backend. */
final class PlanSignature {
    private final ModelConfig config;
    private final ModelSignature model;
    private final PlanFormat format;

    private PlanSignature(ModelConfig config, ModelSignature model, PlanFormat format) {
        this.config = config;
        this.model = model;
        this.format = format;
    }

    /**
     * Checks a config whose tensors are complete.
     *
     * @throws InferException with the first difference
     */
    static void check(ModelConfig config, ModelSignature model, PlanFormat format) {
        PlanSignature signature = new PlanSignature(config, model, format);
        signature.inputs();
        signature.outputs();
        signature.states();
    }

    /** The initializers of the model that the config has as inputs. */
    static Set<String> overridden(ModelConfig config, ModelSignature model) {
        Set<String> names = new HashSet<>();
        model.overridable().forEach(port -> names.add(port.name()));
        names.retainAll(config.getInputList().stream().map(ModelInput::getName).toList());
        return names;
    }

    private void inputs() {
        controls();
        List<ModelInput> added = AddedInputs.of(config);
        int expected = added.size();
        for (ModelInput input : config.getInputList()) {
            // Only an initializer has a value without a request's.
            expected += input.getOptional() ? 0 : 1;
        }
        for (BatchInput input : config.getBatchInputList()) {
            expected += input.getTargetNameCount();
        }
        if (expected != model.inputs().size()) {
            throw InferException.invalid("unable to load model '" + config.getName() + "', configuration expects "
                    + expected + " inputs, model provides " + model.inputs().size());
        }
        for (ModelInput input : AddedInputs.states(config)) {
            Port port = find(model.inputs(), input.getName(), "input");
            dataType(port, "input", input.getDataType());
            if (port.type().hasRank()) {
                dims(port, input.getDimsList(), false, false);
            }
        }
        List<Port> allowed = new ArrayList<>(model.inputs());
        allowed.addAll(model.overridable());
        for (ModelInput input : config.getInputList()) {
            if (input.getOptional() && config.getMaxBatchSize() > 0) {
                throw InferException.invalid("unable to load model '" + config.getName() + "', optional input '"
                        + input.getName() + "' is not supported for models that support batching");
            }
            Port port = find(allowed, input.getName(), "input");
            dataType(port, "input", input.getDataType());
            if (input.getOptional() && input.getAllowRaggedBatch()) {
                throw InferException.invalid("unable to load model '" + config.getName()
                        + "', configuration expects model provides input with shape [-1] for ragged input '"
                        + input.getName() + "', which is not supported for optional input");
            }
            if (input.getAllowRaggedBatch() && config.getMaxBatchSize() > 0) {
                ragged(port);
                continue;
            }
            List<Long> dims = input.hasReshape() ? input.getReshape().getShapeList() : input.getDimsList();
            dims(port, dims, input.getIsShapeTensor(), false);
        }
        for (BatchInput input : config.getBatchInputList()) {
            for (String target : input.getTargetNameList()) {
                dataType(find(model.inputs(), target, "input"), "input", input.getDataType());
            }
        }
    }

    /** What the sequence batcher tells the model, a number a request. */
    private void controls() {
        for (ModelInput control : AddedInputs.controls(config)) {
            Port port = model.inputs().stream()
                    .filter(input -> input.name().equals(control.getName()))
                    .findFirst()
                    .orElseThrow(() -> InferException.internal("configuration specified sequence control '"
                            + control.getName() + "', but model does not provide that input"));
            String start =
                    "unable to load model '" + config.getName() + "', sequence control '" + control.getName() + "'";
            if (port.type().hasRank()) {
                List<Long> dims = OnnxConfigs.dims(port.type());
                List<Long> perRequest =
                        dims.subList(config.getMaxBatchSize() > 0 ? Math.min(1, dims.size()) : 0, dims.size());
                if (perRequest.size() != 1 || (perRequest.getFirst() != 1 && perRequest.getFirst() != -1)) {
                    throw InferException.invalid(
                            start + " in model has dims " + DimText.of(perRequest) + " but dims [1] is expected");
                }
            }
            if (ConfigTypes.configType(port.type().dataType()).orElse(DataType.TYPE_INVALID) != control.getDataType()) {
                throw InferException.invalid(start + ", the model expects data-type "
                        + onnxName(port.type().dataType()) + " but the model configuration specifies data-type "
                        + control.getDataType());
            }
        }
    }

    /** As the ONNX backend prints it. */
    private static String onnxName(dev.nereid.tensor.DataType type) {
        return switch (type) {
            case FP16 -> "FLOAT16";
            case BF16 -> "BFLOAT16";
            case FP32 -> "FLOAT";
            case FP64 -> "DOUBLE";
            default -> type.name();
        };
    }

    /** A batch of different shapes comes to the model as elements in a row. */
    private void ragged(Port port) {
        if (port.type().hasRank() && !OnnxConfigs.dims(port.type()).equals(List.of(-1L))) {
            throw InferException.invalid("unable to load model '" + config.getName()
                    + "', configuration expects model provides input with shape [-1]  for ragged input '" + port.name()
                    + "', model provides " + DimText.of(OnnxConfigs.dims(port.type())));
        }
    }

    private void outputs() {
        for (ModelOutput output : config.getOutputList()) {
            Port port = find(model.outputs(), output.getName(), "output");
            dataType(port, "output", output.getDataType());
            if (isScattered(output.getName())) {
                continue; // the requests' shapes say what it is cut into
            }
            if (config.getMaxBatchSize() > 0 && !joinsUnevenly()) {
                batched(output.getName());
            }
            List<Long> dims = output.hasReshape() ? output.getReshape().getShapeList() : output.getDimsList();
            dims(port, dims, output.getIsShapeTensor(), true);
        }
    }

    /** What is cut into the requests' parts must have a row for each of theirs. */
    private void batched(String output) {
        String rows = model.unbatched().get(output);
        if (rows != null) {
            throw InferException.invalid("unable to load model '" + config.getName()
                    + "', its first dimension is not a batch: " + OnnxConfigs.unbatched(Map.entry(output, rows))
                    + "; set max_batch_size: 0");
        }
    }

    /** Whether requests are joined otherwise than row by row. */
    private boolean joinsUnevenly() {
        return config.getBatchInputCount() > 0
                || config.getInputList().stream().anyMatch(ModelInput::getAllowRaggedBatch);
    }

    private boolean isScattered(String output) {
        return config.getBatchOutputList().stream()
                .anyMatch(each -> each.getTargetNameList().contains(output));
    }

    /** What states are written from may have any shape: the next input has it too. */
    private void states() {
        for (State state : config.getSequenceBatching().getStateList()) {
            dataType(find(model.outputs(), state.getOutputName(), "output"), "output", state.getDataType());
        }
    }

    private Port find(List<Port> ports, String name, String kind) {
        return ports.stream()
                .filter(port -> port.name().equals(name))
                .findFirst()
                .orElseThrow(() -> InferException.invalid("unexpected inference " + kind + " '" + name + "' for model '"
                        + config.getName() + "', allowed " + kind + "s are: "
                        + ports.stream().map(Port::name).sorted().collect(Collectors.joining(", "))));
    }

    private void dataType(Port port, String kind, DataType expected) {
        DataType provided = ConfigTypes.configType(port.type().dataType()).orElse(DataType.TYPE_INVALID);
        if (provided != expected) {
            throw InferException.invalid("unable to load model '" + config.getName()
                    + "', configuration expects datatype " + expected + " for " + kind + " '" + port.name()
                    + "', model provides "
                    + (provided == DataType.TYPE_INVALID ? port.type().dataType() : provided));
        }
    }

    /** A config must have a dim for what the model has none for. */
    private void scalar(Port port, List<Long> configured) {
        if (configured.stream().anyMatch(dim -> dim != 1)) {
            throw InferException.invalid("unable to load model '" + config.getName() + "', scalar tensor '"
                    + port.name()
                    + "', should only provide 1 in the model configuration when the model doesn't support "
                    + "batching. Model configuration provided: " + DimText.of(configured) + ".");
        }
    }

    /**
     * An input may be pinned down by the config where the file leaves a dim open; an output must be left open too. ONNX Runtime
     * tells Triton nothing else of a tensor without a shape than of one without dims. Of PyTorch's files Triton knows no dims:
     * a config may leave open what the file says, and say what the file leaves open.
     */
    private void dims(Port port, List<Long> configured, boolean shapeTensor, boolean exact) {
        if (!port.type().hasRank()) {
            scalar(port, configured);
            return;
        }
        boolean batching = config.getMaxBatchSize() > 0 && !shapeTensor;
        List<Long> provided = OnnxConfigs.dims(port.type());
        if (!batching && provided.isEmpty()) {
            scalar(port, configured);
            return;
        }
        String start = "model '" + config.getName() + "', tensor '" + port.name() + "': ";
        if (batching && (provided.isEmpty() || provided.getFirst() != -1)) {
            throw InferException.invalid(start + "for the model to support batching the shape should have at least 1 "
                    + "dimension and the first dimension must be -1; but shape expected by the model is "
                    + DimText.of(provided));
        }
        List<Long> complete = new ArrayList<>(configured);
        if (batching) {
            complete.addFirst(-1L);
        }
        boolean fits = complete.size() == provided.size();
        for (int i = 0; fits && i < provided.size(); i++) {
            long dim = provided.get(i);
            boolean either = format == PlanFormat.PYTORCH;
            fits = dim == complete.get(i)
                    || (dim == -1 && (!exact || either))
                    || (complete.get(i) == -1 && (exact || either));
        }
        if (!fits) {
            throw InferException.invalid(start + "the model expects " + provided.size() + " dimensions (shape "
                    + DimText.of(provided) + ") but the model configuration specifies " + complete.size()
                    + " dimensions ("
                    + (batching
                            ? "an initial batch dimension because max_batch_size > 0 followed by the explicit tensor "
                                    + "shape, making complete shape "
                            : "shape ")
                    + DimText.of(complete) + ")");
        }
    }
}
