package dev.nereid.server.backend.builtin;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Asks in what memory the outputs of a request will lie, for tests of that question, as Triton's backend of that name does:
 * the client's, if it gave a range that is large enough, or else the CPU's. Answers two outputs of zeros.
 *
 * <p>Variables of the process: with {@code TEST_FAIL_WITH_QUERY_RESULT} requests fail with what it was told; {@code
 * TEST_BYTE_SIZE} is the size that it asks for, which is any without it, and the size of each output, which is 2 without it;
 * with {@code TEST_ANONYMOUS} it asks once, for no output in particular, and the outputs share the size.
 */
public final class QueryBackend implements Backend {
    private static final List<TensorRule> INPUTS =
            List.of(new TensorRule("first", "INPUT", DataType.TYPE_UINT8, false));
    private static final List<TensorRule> OUTPUTS = List.of(
            new TensorRule("first", "OUTPUT0", DataType.TYPE_UINT8, false),
            new TensorRule("second", "OUTPUT1", DataType.TYPE_UINT8, false));
    private static final long DEFAULT_BYTES = 2;

    private final SlabPool memory;
    private final Map<String, String> environment;

    /**
     * Creates the backend.
     *
     * @param memory what its responses lie in
     * @param environment the variables of the process
     */
    public QueryBackend(SlabPool memory, Map<String, String> environment) {
        this.memory = memory;
        this.environment = Map.copyOf(environment);
    }

    @Override
    public String name() {
        return "query";
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        TensorRule.check(config, INPUTS, OUTPUTS);
        SmallTensors tensors = new SmallTensors(config.getName(), String.valueOf(versionFolder.getFileName()), memory);
        Behaviour behaviour = new Behaviour(
                environment.containsKey("TEST_ANONYMOUS"),
                environment.containsKey("TEST_FAIL_WITH_QUERY_RESULT"),
                byteSize());
        return new FilelessModel(_ -> new Instance(tensors, behaviour));
    }

    private OptionalLong byteSize() {
        String text = environment.getOrDefault("TEST_BYTE_SIZE", "");
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!text.matches("[0-9]{1,9}") || Long.parseLong(text) < DEFAULT_BYTES) {
            throw InferException.invalid(
                    "TEST_BYTE_SIZE: expected a number of bytes of at least " + DEFAULT_BYTES + ", got '" + text + "'");
        }
        return OptionalLong.of(Long.parseLong(text));
    }

    /** @param asked the size that is asked for; empty for any */
    private record Behaviour(boolean anonymous, boolean fails, OptionalLong asked) {
        long outputBytes() {
            return asked.orElse(DEFAULT_BYTES) / (anonymous && asked.isPresent() ? 2 : 1);
        }
    }

    private record Instance(SmallTensors tensors, Behaviour behaviour) implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            for (Execution execution : batch.executions()) {
                InferRequest request = execution.request();
                if (behaviour.fails()) {
                    String told = behaviour.anonymous()
                            ? "NULL CPU 0; "
                            : told(request, "OUTPUT0") + told(request, "OUTPUT1");
                    execution.fail(new InferException(InferException.Code.UNKNOWN, told));
                } else {
                    execution.respond(tensors.response(request, zeros("OUTPUT0"), zeros("OUTPUT1")), true);
                }
            }
        }

        private SmallTensors.Filled zeros(String output) {
            return new SmallTensors.Filled(
                    output, dev.nereid.tensor.DataType.UINT8, Shape.of(behaviour.outputBytes()), 0);
        }

        /** In which memory an output will lie. One that does not fit into its place is an error, but not yet. */
        private String told(InferRequest request, String output) {
            Optional<SharedRange> place = request.outputs().stream()
                    .filter(requested -> requested.name().equals(output))
                    .findFirst()
                    .flatMap(RequestedOutput::place)
                    .filter(range -> behaviour.asked().orElse(0) <= range.byteSize());
            OptionalInt gpu = place.map(SharedRange::gpu).orElse(OptionalInt.empty());
            return output + (gpu.isPresent() ? " GPU " + gpu.getAsInt() : " CPU 0") + "; ";
        }

        @Override
        public void close() {}
    }
}
