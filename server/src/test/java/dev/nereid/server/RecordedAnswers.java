package dev.nereid.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Compares answers with recorded ones: the status line, every header but the date and the length, and the body. JSON counts
 * by value; what differs from run to run (times, counters, what a model computes in floats, ONNX Runtime's words) by the
 * rules for the case.
 */
final class RecordedAnswers {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();
    private static final double TOLERANCE = 1e-3;

    /** What of an answer is not as recorded. */
    enum Part {
        STATUS,
        HEADERS,
        BODY
    }

    /** What is compared of a JSON body, by the beginning of the case's name. */
    private static final Map<String, UnaryOperator<JsonNode>> VIEWS = Map.of(
            "stats",
            RecordedAnswers::withoutNumbers,
            "index",
            RecordedAnswers::withoutReasons,
            "trace",
            answer -> without(answer, "trace_file"),
            "server_metadata",
            answer -> without(answer, "version"));

    /** Their bodies are ours: KServe's client reads them. */
    private static final Set<String> HEALTH = Set.of("health_live", "health_ready");

    /** Bodies whose words are ONNX Runtime's: an error, that is all. */
    private static final Set<String> OTHERS_WORDS = Set.of("minilm_mismatched_len", "minilm_bad_token", "load_broken");

    /** Errors in Triton's words with the reason behind them, where Triton's end. */
    private static final Set<String> WITH_REASON = Set.of("load_unknown", "load_bad_config", "load_file_noconfig");

    private RecordedAnswers() {}

    /** @param name of the case, without its number */
    static Set<Part> differences(String name, RawHttpAnswer expected, RawHttpAnswer actual) {
        Set<Part> differences = EnumSet.noneOf(Part.class);
        if (!expected.statusLine().equals(actual.statusLine())) {
            differences.add(Part.STATUS);
        }
        boolean health = HEALTH.contains(name);
        if (!headers(expected, health).equals(headers(actual, health))) {
            differences.add(Part.HEADERS);
        }
        if (!health && !sameBody(name, expected.body(), actual.body())) {
            differences.add(Part.BODY);
        }
        return differences;
    }

    private static List<String> headers(RawHttpAnswer answer, boolean health) {
        return answer.headers().stream()
                .filter(header -> !header.startsWith("content-length:") && !header.startsWith("date:"))
                .filter(header -> !health || !header.startsWith("content-type:"))
                .toList();
    }

    private static boolean sameBody(String name, String expected, String actual) {
        if (expected.equals(actual)) {
            return true;
        }
        if (name.startsWith("metrics") && expected.startsWith("#")) {
            return metrics(expected).equals(metrics(actual));
        }
        Optional<JsonNode> wanted = json(expected);
        Optional<JsonNode> given = json(actual);
        if (wanted.isEmpty() || given.isEmpty()) {
            return false;
        }
        return comparison(name).test(wanted.get(), given.get());
    }

    private static BiPredicate<JsonNode, JsonNode> comparison(String name) {
        if (OTHERS_WORDS.contains(name)) {
            return (expected, actual) -> isError(expected) && isError(actual);
        }
        if (WITH_REASON.contains(name)) {
            return (expected, actual) -> isError(expected)
                    && isError(actual)
                    && actual.path("error")
                            .asText()
                            .startsWith(expected.path("error").asText() + ": ");
        }
        if (name.startsWith("minilm")) {
            return RecordedAnswers::isClose;
        }
        UnaryOperator<JsonNode> view = VIEWS.entrySet().stream()
                .filter(entry -> name.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(UnaryOperator.identity());
        return (expected, actual) -> view.apply(expected).equals(view.apply(actual));
    }

    /** Names, labels and descriptions, without the families that are ours alone. */
    private static Set<String> metrics(String text) {
        return text.lines()
                .filter(line -> !line.contains("nereid_"))
                .map(line -> line.startsWith("#") ? line : line.replaceFirst(" [^ ]*$", ""))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Optional<JsonNode> json(String text) {
        try {
            return Optional.of(JSON.readTree(text)).filter(node -> !node.isMissingNode());
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static boolean isError(JsonNode answer) {
        return answer.size() == 1 && answer.path("error").isTextual();
    }

    private static boolean isClose(JsonNode expected, JsonNode actual) {
        if (expected.isFloatingPointNumber() && actual.isNumber()) {
            double difference = Math.abs(expected.asDouble() - actual.asDouble());
            return difference <= TOLERANCE + TOLERANCE * Math.abs(expected.asDouble());
        }
        if (!expected.isContainerNode()) {
            return expected.equals(actual);
        }
        if (expected.getNodeType() != actual.getNodeType() || expected.size() != actual.size()) {
            return false;
        }
        List<JsonNode> pairs = new ArrayList<>();
        expected.properties().forEach(entry -> pairs.addAll(List.of(entry.getValue(), actual.path(entry.getKey()))));
        if (expected.isArray()) {
            for (int i = 0; i < expected.size(); i++) {
                pairs.addAll(List.of(expected.get(i), actual.get(i)));
            }
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            if (!isClose(pairs.get(i), pairs.get(i + 1))) {
                return false;
            }
        }
        return true;
    }

    private static JsonNode without(JsonNode answer, String field) {
        return answer.isObject() ? ((ObjectNode) answer.deepCopy()).without(field) : answer;
    }

    private static JsonNode withoutReasons(JsonNode index) {
        ArrayNode models = JSON.createArrayNode();
        index.forEach(model -> models.add(without(model, "reason")));
        return index.isArray() ? models : index;
    }

    /** Whole numbers count by their type, and of an array its first element alone. */
    private static JsonNode withoutNumbers(JsonNode node) {
        if (node.isIntegralNumber()) {
            return IntNode.valueOf(0);
        }
        if (node.isArray()) {
            ArrayNode first = JSON.createArrayNode();
            return node.isEmpty() ? first : first.add(withoutNumbers(node.get(0)));
        }
        if (node.isObject()) {
            ObjectNode copy = JSON.createObjectNode();
            node.properties().forEach(entry -> copy.set(entry.getKey(), withoutNumbers(entry.getValue())));
            return copy;
        }
        return node;
    }
}
