package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.server.torchserve.handler.ModelHandler;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a model tells of itself. A Java handler is asked, by a request with the parameter {@code describe} and one empty instance,
 * and answers a JSON object; of other models these are the inputs and outputs.
 */
final class CustomizedMetadata {
    private static final Logger LOG = LoggerFactory.getLogger(CustomizedMetadata.class);
    private static final int MOST_DEPTH = 64;

    private CustomizedMetadata() {}

    /**
     * The metadata; empty where a handler has none.
     *
     * @throws TorchServeException if the model has no workers
     */
    static Map<String, Object> of(RegisteredVersion version) {
        Model model = version.model();
        if (!version.archive().handler().equals(ModelHandler.JAVA)) {
            return GsonText.object("inputs", tensors(model.inputs()), "outputs", tensors(model.outputs()));
        }
        try {
            byte[] told = ask(model, Duration.ofSeconds(version.settings().responseTimeoutSeconds()));
            JsonValue root = JsonValue.parse(told, 0, told.length);
            if (root.isObject()) {
                return object(root, 0);
            }
            LOG.warn("Customized metadata should be a dictionary: model '{}' answered something else", version.name());
        } catch (InferException e) {
            LOG.warn("model '{}' has no customized metadata: {}", version.name(), e.text());
        }
        return Map.of();
    }

    private static List<Object> tensors(List<TensorMetadata> tensors) {
        List<Object> described = new ArrayList<>();
        for (TensorMetadata tensor : tensors) {
            described.add(GsonText.object(
                    "name", tensor.name(),
                    "datatype", tensor.dataType().protocolName(),
                    "shape", tensor.shape()));
        }
        return described;
    }

    private static byte[] ask(Model model, Duration patience) {
        InferRequest.Header header = new InferRequest.Header(
                model.name(),
                "",
                "",
                model.config().hasSequenceBatching()
                        ? new CorrelationId.Textual("describe-" + RequestIds.next())
                        : CorrelationId.NONE,
                true,
                true,
                0,
                0,
                Map.of("describe", new Parameter.Bool(true)));
        InputTensor nothing =
                new InputTensor(ModelHandler.JAVA_INPUT, Tensor.ofStrings(Shape.of(1), new byte[][] {{}}));
        Answer answer = new Answer();
        try (InferRequest request =
                new InferRequest(header, List.of(nothing), List.of(), List.of(), System.nanoTime())) {
            model.infer(request, answer);
            if (!answer.endsWithin(patience)) {
                request.cancel();
            }
            return answer.bytes();
        }
    }

    /** Keeps the first answer of a request. */
    private static final class Answer implements ResponseSink {
        private final CompletableFuture<Optional<byte[]>> over = new CompletableFuture<>();
        private volatile Optional<byte[]> first = Optional.empty();

        @Override
        public void respond(InferResponse response, boolean last) {
            try (response) {
                if (first.isEmpty()) {
                    first = response.outputs().stream()
                            .map(OutputTensor::tensor)
                            .filter(tensor -> tensor.dataType() == DataType.STRING
                                    && tensor.shape().elements() > 0)
                            .map(tensor -> tensor.strings()[0])
                            .findFirst();
                }
            }
            if (last) {
                end();
            }
        }

        @Override
        public void failOne(InferException error) {
            // Others may follow.
        }

        @Override
        public void fail(InferException error) {
            over.completeExceptionally(error);
        }

        @Override
        public void end() {
            over.complete(first);
        }

        private boolean endsWithin(Duration patience) {
            try {
                over.get(patience.toMillis(), TimeUnit.MILLISECONDS);
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        private byte[] bytes() {
            try {
                return over.join().orElseThrow(() -> InferException.internal("it answered nothing"));
            } catch (CompletionException e) {
                if (e.getCause() instanceof InferException error) {
                    throw error;
                }
                throw e;
            }
        }
    }

    private static Map<String, Object> object(JsonValue value, int depth) {
        Map<String, Object> members = new LinkedHashMap<>();
        value.forEachMember((name, member) -> {
            if (!member.isNull()) {
                members.put(name, plain(member, depth + 1));
            }
        });
        return members;
    }

    private static Object plain(JsonValue value, int depth) {
        if (depth > MOST_DEPTH) {
            throw InferException.invalid("it is nested more than " + MOST_DEPTH + " levels deep");
        }
        if (value.isObject()) {
            return object(value, depth);
        }
        if (value.isArray()) {
            List<Object> elements = new ArrayList<>();
            JsonValue.Elements all = value.elements();
            while (all.next()) {
                elements.add(plain(all.value(), depth + 1));
            }
            return elements;
        }
        if (value.isString()) {
            return value.asString();
        }
        if (value.isBool()) {
            return value.asBool();
        }
        if (value.isLong()) {
            return value.asLong();
        }
        return value.isNumber() ? value.asDouble() : Optional.empty();
    }
}
