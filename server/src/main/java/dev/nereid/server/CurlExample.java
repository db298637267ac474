package dev.nereid.server;

import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.TensorMetadata;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A command that calls a model, made from the model's metadata: it works when pasted into a shell. */
final class CurlExample {
    private static final long MOST_ELEMENTS = 64;

    private CurlExample() {}

    /**
     * The command for the model with the least to type.
     *
     * @param host name or address and port of the HTTP front
     * @return empty where no model is small enough for a line or takes such a request
     */
    static Optional<String> of(List<Model> models, String host) {
        return models.stream()
                .filter(model -> elements(model.inputs()) <= MOST_ELEMENTS && answersOneRequest(model))
                .min(Comparator.comparingLong((Model model) -> elements(model.inputs()) + elements(model.outputs()))
                        .thenComparing(Model::name))
                .map(model -> command(model.name(), model.inputs(), host));
    }

    /** Whether a request needs nothing but inputs: no sequence to belong to, and one response to it. */
    private static boolean answersOneRequest(Model model) {
        return !model.config().hasSequenceBatching() && !model.decoupled();
    }

    static String command(String model, List<TensorMetadata> inputs, String host) {
        String body = inputs.stream().map(CurlExample::input).collect(Collectors.joining(",", "{\"inputs\":[", "]}"));
        String path = URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20");
        return "curl -s http://" + host + "/v2/models/" + path + "/infer -d '" + body.replace("'", "'\\''") + "'";
    }

    private static String input(TensorMetadata input) {
        String value = switch (input.dataType()) {
            case BOOL -> "true";
            case STRING -> "\"1\"";
            default -> "1";
        };
        String shape = input.shape().stream()
                .map(dim -> Long.toString(Math.max(dim, 1)))
                .collect(Collectors.joining(",", "[", "]"));
        String data = String.join(",", Collections.nCopies((int) elements(input), value));
        return "{\"name\":" + quoted(input.name()) + ",\"shape\":" + shape + ",\"datatype\":\""
                + input.dataType().protocolName() + "\",\"data\":[" + data + "]}";
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", c));
            } else {
                json.append((char) c);
            }
        });
        return json.append('"').toString();
    }

    private static long elements(List<TensorMetadata> tensors) {
        return tensors.stream().mapToLong(CurlExample::elements).sum();
    }

    private static long elements(TensorMetadata tensor) {
        return tensor.shape().stream().reduce(1L, (a, b) -> a * Math.max(b, 1));
    }
}
