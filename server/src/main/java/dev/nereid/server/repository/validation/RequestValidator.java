package dev.nereid.server.repository.validation;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.protocol.DimText;
import dev.nereid.server.protocol.DuplicateNameCheck;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.Timing;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Checks requests against one model's config, in Triton's order and with its texts. Inputs are visited from the last
 * to the first, as Triton's map does, which decides whose fault is reported. Immutable.
 */
public final class RequestValidator {
    private static final String BATCH_NOTE = "NOTE: Setting a non-zero max_batch_size in the model config requires a "
            + "batch dimension to be prepended to each input shape. If you want to specify the full shape including "
            + "the batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration "
            + "docs for more info on max_batch_size.";

    private final String model;
    private final int maxBatchSize;
    private final Map<String, Expected> inputs = new HashMap<>();
    private final List<String> required = new ArrayList<>();
    private final Set<String> outputs = new HashSet<>();

    /**
     * What the config says of one input.
     *
     * @param dims with the batch dim in front where the model batches, as in error texts
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Expected(DataType dataType, long[] dims, boolean batched) {}

    /** A validator for a config that is complete and valid. */
    public RequestValidator(ModelConfig config) {
        model = config.getName();
        maxBatchSize = config.getMaxBatchSize();
        List<TensorMetadata> metadata = ModelTensors.inputs(config);
        for (int i = 0; i < metadata.size(); i++) {
            ModelInput input = config.getInput(i);
            TensorMetadata tensor = metadata.get(i);
            long[] dims = tensor.shape().stream().mapToLong(Long::longValue).toArray();
            inputs.put(
                    input.getName(),
                    new Expected(tensor.dataType(), dims, maxBatchSize > 0 && !input.getIsShapeTensor()));
            if (!input.getOptional()) {
                required.add(input.getName());
            }
        }
        for (ModelOutput output : config.getOutputList()) {
            outputs.add(output.getName());
        }
    }

    /**
     * Checks a decoded request.
     *
     * @throws InferException with the first thing that is wrong
     */
    public void check(InferRequest request) {
        List<DeclaredInput> declared = new ArrayList<>(request.inputs().size());
        for (InputTensor input : request.inputs()) {
            DataType type = input.tensor().dataType();
            long[] dims = input.tensor().shape().dims();
            long elements = input.tensor().shape().elements();
            DeclaredInput.Content content = type == DataType.STRING
                    ? new DeclaredInput.Content.Strings(elements)
                    : new DeclaredInput.Content.Bytes(elements * type.bytes());
            declared.add(new DeclaredInput(input.name(), Optional.of(type), dims, content));
        }
        check(request.header(), declared, request.outputs());
    }

    /**
     * Checks a request whose tensors do not exist yet. A front that cannot make a tensor of what came asks here for the
     * error to answer.
     *
     * @throws InferException with the first thing that is wrong
     */
    public void check(InferRequest.Header header, List<DeclaredInput> declared, List<RequestedOutput> requested) {
        RequestPrefix prefix = new RequestPrefix(header);
        Timing.check(header);
        checkNames(prefix, declared, requested);
        if (maxBatchSize > 0) {
            checkBatch(prefix, declared);
        }
        for (int i = declared.size() - 1; i >= 0; i--) {
            DeclaredInput input = declared.get(i);
            Expected expected = inputs.get(input.name());
            if (expected == null) {
                throw new IllegalStateException("input '" + input.name() + "' was not checked");
            }
            checkType(prefix, input, expected);
            checkShape(prefix, input, expected);
        }
        for (int i = declared.size() - 1; i >= 0; i--) {
            checkContent(prefix, declared.get(i));
        }
    }

    /**
     * Checks the content of one input of strings that came after everything else had been checked.
     *
     * @param wire as the binary data extension lays strings out
     * @throws InferException if it is not as many well-formed strings as the input's dims say
     */
    public void checkStrings(InferRequest.Header header, DeclaredInput input, MemorySegment wire) {
        RequestPrefix prefix = new RequestPrefix(header);
        StringContent.check(prefix, input.name(), model, wire, elements(prefix, input));
    }

    private void checkNames(RequestPrefix prefix, List<DeclaredInput> declared, List<RequestedOutput> requested) {
        DuplicateNameCheck seenInputs = new DuplicateNameCheck();
        declared.forEach(input -> seenInputs.addOf("input", input.name(), prefix::toString));
        DuplicateNameCheck seenOutputs = new DuplicateNameCheck();
        requested.forEach(output -> seenOutputs.addOf("output", output.name(), prefix::toString));
        for (RequestedOutput output : requested) {
            if (!outputs.contains(output.name())) {
                throw InferException.invalid(
                        "unexpected inference output '" + output.name() + "' for model '" + model + "'");
            }
        }
        if (declared.size() < required.size() || declared.size() > inputs.size()) {
            throw InferException.invalid(prefix + wrongCount(declared));
        }
        for (DeclaredInput input : declared) {
            if (!inputs.containsKey(input.name())) {
                throw InferException.invalid(
                        "unexpected inference input '" + input.name() + "' for model '" + model + "'");
            }
        }
        if (!missing(declared).isEmpty()) {
            throw InferException.invalid(prefix + wrongCount(declared));
        }
    }

    private List<String> missing(List<DeclaredInput> declared) {
        List<String> missing = List.of();
        for (String name : required) {
            if (declared.stream().noneMatch(input -> input.name().equals(name))) {
                missing = new ArrayList<>(missing);
                missing.add(name);
            }
        }
        return missing;
    }

    private String wrongCount(List<DeclaredInput> declared) {
        String expected = required.size() == inputs.size()
                ? "expected " + inputs.size() + " inputs"
                : "expected number of inputs between " + required.size() + " and " + inputs.size();
        List<String> missing = missing(declared);
        return expected + " but got " + declared.size() + " inputs for model '" + model + "'. Got input(s) ["
                + quoted(declared.reversed().stream().map(DeclaredInput::name).toList())
                + "], but missing required input(s) "
                // Triton leaves the opening bracket out where nothing is missing.
                + (missing.isEmpty() ? "" : "[") + quoted(missing) + "]. Please provide all required input(s).";
    }

    private void checkBatch(RequestPrefix prefix, List<DeclaredInput> declared) {
        long batch = -1;
        for (int i = declared.size() - 1; i >= 0; i--) {
            DeclaredInput input = declared.get(i);
            Expected expected = inputs.get(input.name());
            if (expected == null || !expected.batched()) {
                continue;
            }
            if (input.dims().length == 0) {
                throw InferException.invalid(prefix + "input '" + input.name()
                        + "' has no shape but model requires batch dimension for '" + model + "'");
            }
            if (batch < 0) {
                batch = input.dims()[0];
            } else if (batch != input.dims()[0]) {
                throw InferException.invalid(prefix + "input '" + input.name()
                        + "' batch size does not match other inputs for '" + model + "'");
            }
        }
        if (batch > maxBatchSize) {
            throw InferException.invalid(
                    prefix + "inference request batch-size must be <= " + maxBatchSize + " for '" + model + "'");
        }
    }

    private void checkType(RequestPrefix prefix, DeclaredInput input, Expected expected) {
        if (input.dataType().isEmpty() || input.dataType().get() != expected.dataType()) {
            throw InferException.invalid(prefix + "inference input '" + input.name() + "' data-type is '"
                    + input.dataType().map(DataType::protocolName).orElse("<invalid>") + "', but model '" + model
                    + "' expects '" + expected.dataType().protocolName() + "'");
        }
    }

    private void checkShape(RequestPrefix prefix, DeclaredInput input, Expected expected) {
        long[] dims = input.dims();
        boolean fits = dims.length == expected.dims().length;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == -1) {
                throw InferException.invalid(prefix + "All input dimensions should be specified for input '"
                        + input.name() + "' for model '" + model + "', got " + DimText.of(dims));
            }
            fits = fits && dims[i] >= 0 && (expected.dims()[i] == -1 || expected.dims()[i] == dims[i]);
        }
        if (!fits) {
            throw InferException.invalid(prefix + "unexpected shape for input '" + input.name() + "' for model '"
                    + model + "'. Expected " + DimText.of(expected.dims()) + ", got " + DimText.of(dims) + ". "
                    + (maxBatchSize > 0 ? BATCH_NOTE : ""));
        }
    }

    private void checkContent(RequestPrefix prefix, DeclaredInput input) {
        long elements = elements(prefix, input);
        switch (input.content()) {
            case DeclaredInput.Content.Bytes bytes -> {
                int elementBytes = input.dataType().orElseThrow().bytes();
                if (elementBytes > 0 && elements > Long.MAX_VALUE / elementBytes) {
                    throw InferException.invalid(prefix + "byte size overflow for input '" + input.name() + "'");
                }
                long expected = elements * elementBytes;
                if (bytes.byteSize() != expected) {
                    throw InferException.invalid(prefix + "input byte size mismatch for input '" + input.name()
                            + "' for model '" + model + "'. Expected " + expected + ", got " + bytes.byteSize());
                }
            }
            case DeclaredInput.Content.Strings strings ->
                StringContent.checkCount(prefix, input.name(), model, strings.count(), elements);
            case DeclaredInput.Content.SerializedStrings serialized ->
                StringContent.check(prefix, input.name(), model, serialized.bytes(), elements);
        }
        if (maxBatchSize > 0 && input.dims().length > 0 && input.dims()[0] == 0) {
            throw InferException.invalid(prefix + "inference request batch-size must be >= 1 for '" + model + "'");
        }
    }

    /** The number of elements that the dims stand for. */
    private long elements(RequestPrefix prefix, DeclaredInput input) {
        long elements = 1;
        for (int i = 0; i < input.dims().length; i++) {
            // An empty batch is not a batch: it counts as one, and so fails by its size.
            long dim = i == 0 && maxBatchSize > 0 ? Math.max(input.dims()[i], 1) : input.dims()[i];
            if (dim != 0 && elements > Long.MAX_VALUE / dim) {
                throw InferException.invalid(prefix + "invalid shape for input '" + input.name() + "': shape "
                        + DimText.of(input.dims()) + " causes total element count to exceed maximum size of "
                        + Long.MAX_VALUE);
            }
            elements *= dim;
        }
        return elements;
    }

    private static String quoted(List<String> names) {
        return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(","));
    }
}
