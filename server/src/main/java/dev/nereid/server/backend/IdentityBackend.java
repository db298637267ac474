package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers every input as the output in the same place of the config, without a copy: a model for tests of the server,
 * named and behaving as Triton's. Its parameter {@code execute_delay_ms} makes each execution take that long, {@code
 * instance_wise_delay_multiplier} that many times longer for each number of its instance, {@code creation_delay_sec} the
 * making of each instance take longer. With {@code enable_custom_tracing} it reports activities to the traces of requests,
 * {@code nested_span_count} of them in one another, one in {@code single_activity_frequency} with a moment of its own. It counts the bytes of its inputs as a metric. Every response carries the
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
            throw InferException.invalid("model '" + config.getName() + "' of backend 'identity' must have as many "
                    + "outputs as inputs, got " + config.getInputCount() + " inputs and " + config.getOutputCount()
                    + " outputs");
        }
        Map<String, String> outputsByInput = new LinkedHashMap<>();
        for (int i = 0; i < config.getInputCount(); i++) {
            if (config.getInput(i).getDataType() != config.getOutput(i).getDataType()) {
                throw InferException.invalid("model '" + config.getName() + "' of backend 'identity': output '"
                        + config.getOutput(i).getName() + "' is "
                        + config.getOutput(i).getDataType() + ", but input '"
                        + config.getInput(i).getName() + "' is "
                        + config.getInput(i).getDataType());
            }
            outputsByInput.put(config.getInput(i).getName(), config.getOutput(i).getName());
        }
        Duration executeDelay = Duration.ofMillis(ConfigParameters.number(config, "execute_delay_ms"));
        long delayMultiplier = ConfigParameters.number(config, "instance_wise_delay_multiplier");
        IdentityActivities activities = IdentityActivities.of(config);
        Duration creationDelay = Duration.ofSeconds(ConfigParameters.number(config, "creation_delay_sec"));
        String version = String.valueOf(versionFolder.getFileName());
        LongAdder inputBytes = new LongAdder();
        return new BackendModel() {
            @Override
            public ModelInstance newInstance(String instanceName) {
                Pauses.REAL.pause(creationDelay);
                Duration delay = executeDelay.multipliedBy(Math.max(delayMultiplier * number(instanceName), 1));
                return new Instance(config.getName(), version, outputsByInput, delay, activities, inputBytes);
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

    /** The number at the end of an instance's name. */
    private static int number(String instanceName) {
        String number = instanceName.substring(instanceName.lastIndexOf('_') + 1);
        return number.matches("[0-9]{1,9}") ? Integer.parseInt(number) : 0;
    }

    private record Instance(
            String model,
            String version,
            Map<String, String> outputsByInput,
            Duration delay,
            IdentityActivities activities,
            LongAdder inputBytes)
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
                    LOG.debug(
                            "\tinput {}: datatype = {}, shape = {}, byte_size = {}, buffer_count = 1",
                            input.name(),
                            input.tensor().dataType().protocolName(),
                            input.tensor().shape(),
                            input.tensor().byteSize());
                }
                execution.respond(response(execution.request()), true);
            }
        }

        /** The outputs are the request's own tensors, which live until its answer has been encoded. */
        private InferResponse response(InferRequest request) {
            List<OutputTensor> outputs = new ArrayList<>();
            outputsByInput.forEach((inputName, outputName) -> {
                if (Outputs.wanted(request, outputName)) {
                    request.input(inputName)
                            .map(InputTensor::tensor)
                            .ifPresent(tensor -> outputs.add(new OutputTensor(outputName, tensor)));
                }
            });
            return new InferResponse(model, version, request.header().id(), RESPONSE_PARAMETERS, outputs, () -> {});
        }

        @Override
        public void close() {}
    }
}
