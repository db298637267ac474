package dev.nereid.server.backend.builtin;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ConfigReshapes;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.Outputs;
import dev.nereid.server.protocol.DimText;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers every input as the output of the same number ({@code INPUT1} as {@code OUTPUT1}), where they have other names as the
 * output in the same place of the config, without a copy and behind the {@code reshape} of both: a model for tests of the
 * server, named and behaving as Triton's. An optional input that is not given is answered as zeros. The parameter {@code execute_delay_ms} makes each execution take that
 * long, on the instance of number n so many times as {@code instance_wise_delay_multiplier} times n says, but at least once;
 * {@code creation_delay_sec} is the time that the making of each instance takes. With {@code enable_custom_tracing} it reports
 * activities to the traces of requests, {@code nested_span_count} of them in one another, one in {@code
 * single_activity_frequency} with a moment of its own. It counts the bytes of its inputs as a metric. Every response carries the
 * four parameters that Triton's has.
 */
public final class IdentityBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(IdentityBackend.class);

    private static final Map<String, Parameter> RESPONSE_PARAMETERS = new LinkedHashMap<>();

    static {
        RESPONSE_PARAMETERS.put("param0", new Parameter.Text("an example string parameter"));
        RESPONSE_PARAMETERS.put("param1", new Parameter.Int(42));
        RESPONSE_PARAMETERS.put("param2", new Parameter.Bool(false));
        RESPONSE_PARAMETERS.put("param3", new Parameter.Real(123.123));
    }

    private final SlabPool memory;

    /** A backend that keeps no memory. */
    public IdentityBackend() {
        this(new SlabPool(0));
    }

    /** A backend whose zeros lie in {@code memory}. */
    public IdentityBackend(SlabPool memory) {
        this.memory = memory;
    }

    @Override
    public String name() {
        return "identity";
    }

    /** The config of this backend is complete as it is: there is no file to read more from. */
    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        if (config.getInputCount() != config.getOutputCount()) {
            throw InferException.invalid("model configuration must have equal input/output pairs, got "
                    + config.getInputCount() + " inputs and " + config.getOutputCount() + " outputs");
        }
        Map<String, ModelInput> inputsByOutput = inputsByOutput(config);
        Duration executeDelay = Duration.ofMillis(ConfigParameters.number(config, "execute_delay_ms"));
        long multiplier = ConfigParameters.number(config, "instance_wise_delay_multiplier");
        boolean batches = config.getMaxBatchSize() > 0;
        IdentityActivities activities = IdentityActivities.of(config);
        ConfigReshapes reshapes = new ConfigReshapes(config);
        Pauses.REAL.pause(Duration.ofSeconds(ConfigParameters.number(config, "creation_delay_sec")));
        String version = String.valueOf(versionFolder.getFileName());
        LongAdder inputBytes = new LongAdder();
        return new BackendModel() {
            @Override
            public ModelInstance newInstance(String instanceName) {
                Duration delay = executeDelay.multipliedBy(Math.max(1, multiplier * number(instanceName)));
                return new Instance(
                        config.getName(),
                        version,
                        inputsByOutput,
                        reshapes,
                        batches,
                        delay,
                        activities,
                        inputBytes,
                        memory);
            }

            @Override
            public long memoryBytes() {
                return 0;
            }

            @Override
            public List<Counter> counters() {
                return List.of(new Counter(
                        "input_byte_size_counter",
                        "Cumulative input byte size of all requests received by the model",
                        inputBytes.sum()));
            }

            @Override
            public void close() {}
        };
    }

    /** The input that each output repeats. */
    private static Map<String, ModelInput> inputsByOutput(ModelConfig config) {
        Map<String, ModelInput> byNumber = new LinkedHashMap<>();
        for (ModelInput input : config.getInputList()) {
            if (input.getName().startsWith("INPUT")) {
                byNumber.put(input.getName().substring("INPUT".length()), input);
            }
        }
        boolean numbered = config.getOutputList().stream()
                .map(ModelOutput::getName)
                .allMatch(name -> name.startsWith("OUTPUT") && byNumber.containsKey(name.substring("OUTPUT".length())));
        Map<String, ModelInput> inputs = new LinkedHashMap<>();
        for (int i = 0; i < config.getOutputCount(); i++) {
            ModelOutput output = config.getOutput(i);
            ModelInput input = numbered
                    ? Objects.requireNonNull(byNumber.get(output.getName().substring("OUTPUT".length())))
                    : config.getInput(i);
            if (input.getDataType() != output.getDataType()) {
                throw InferException.invalid("expected input and output datatype to match, got "
                        + input.getDataType() + " and " + output.getDataType() + " for input '" + input.getName()
                        + "' and output '" + output.getName() + "'");
            }
            if (!shape(input).equals(shape(output))) {
                throw InferException.invalid("expected input and output shape to match, got "
                        + DimText.of(shape(input)) + " and " + DimText.of(shape(output)) + " for input '"
                        + input.getName() + "' and output '" + output.getName() + "'");
            }
            inputs.put(output.getName(), input);
        }
        return inputs;
    }

    /** What the backend sees: the dims behind a reshape. */
    private static List<Long> shape(ModelInput input) {
        return input.hasReshape() ? input.getReshape().getShapeList() : input.getDimsList();
    }

    private static List<Long> shape(ModelOutput output) {
        return output.hasReshape() ? output.getReshape().getShapeList() : output.getDimsList();
    }

    /** The number at the end of an instance's name. */
    private static int number(String instanceName) {
        String number = instanceName.substring(instanceName.lastIndexOf('_') + 1);
        return number.matches("[0-9]{1,9}") ? Integer.parseInt(number) : 0;
    }

    private record Instance(
            String model,
            String version,
            Map<String, ModelInput> inputsByOutput,
            ConfigReshapes reshapes,
            boolean batches,
            Duration delay,
            IdentityActivities activities,
            LongAdder inputBytes,
            SlabPool memory)
            implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            batch.executions().getFirst().stage(Execution.Stage.INPUT_DONE);
            Pauses.REAL.pause(delay);
            batch.executions().getFirst().stage(Execution.Stage.INFER_DONE);
            for (Execution execution : batch.executions()) {
                execution.request().trace().ifPresent(activities::report);
                for (InputTensor input : execution.request().inputs()) {
                    inputBytes.add(input.tensor().byteSize());
                    if (LOG.isDebugEnabled()) {
                        LOG.debug(
                                "\tinput {}: datatype = {}, shape = {}, byte_size = {}, buffer_count = 1",
                                input.name(),
                                input.tensor().dataType().protocolName(),
                                input.tensor().shape(),
                                input.tensor().byteSize());
                    }
                }
                execution.respond(response(execution.request()), true);
            }
        }

        /** The outputs are the request's own tensors, which live until its answer has been encoded. */
        private InferResponse response(InferRequest request) {
            List<OutputTensor> outputs = new ArrayList<>();
            List<SlabPool.Slab> slabs = new ArrayList<>();
            inputsByOutput.forEach((outputName, input) -> {
                if (Outputs.wanted(request, outputName)) {
                    Tensor given = request.input(input.getName())
                            .map(InputTensor::tensor)
                            .orElseGet(() -> zeros(request, input, slabs));
                    Tensor inside = reshapes.toModel(input.getName(), given);
                    outputs.add(new OutputTensor(outputName, reshapes.toClient(outputName, inside)));
                }
            });
            return new InferResponse(
                    model,
                    version,
                    request.header().id(),
                    RESPONSE_PARAMETERS,
                    outputs,
                    () -> slabs.forEach(SlabPool.Slab::close));
        }

        /** What an optional input that is not given is answered as: of the shape in the config, with 1 for any length. */
        private Tensor zeros(InferRequest request, ModelInput input, List<SlabPool.Slab> slabs) {
            List<Long> dims = new ArrayList<>();
            if (batches) {
                dims.add(
                        request.inputs().isEmpty()
                                ? 1
                                : request.inputs().getFirst().tensor().shape().dim(0));
            }
            input.getDimsList().forEach(dim -> dims.add(dim < 0 ? 1 : dim));
            Shape shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
            DataType type = ConfigTypes.tensorType(input.getDataType()).orElseThrow();
            if (type == DataType.STRING) {
                byte[][] empty = new byte[Math.toIntExact(shape.elements())][];
                Arrays.fill(empty, new byte[0]);
                return Tensor.ofStrings(shape, empty);
            }
            SlabPool.Slab slab = memory.take(shape.elements() * type.bytes());
            slabs.add(slab);
            return Tensor.of(type, shape, slab.segment().fill((byte) 0));
        }

        @Override
        public void close() {}
    }
}
