package dev.nereid.server.traffic;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.traffic.TrafficConfig.FallbackTo;
import dev.nereid.server.traffic.TrafficConfig.Rollback;
import dev.nereid.server.traffic.TrafficConfig.Rule;
import dev.nereid.server.traffic.TrafficConfig.Shadow;
import dev.nereid.server.traffic.TrafficConfig.Share;
import dev.nereid.server.traffic.TrafficConfig.StickyKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads a traffic document. Every error names the key, what was expected and what came. */
public final class TrafficConfigReader {
    /** The most bytes of a document. */
    public static final int MOST_BYTES = 1 << 20;

    private static final String SPLIT = "split";
    private static final String MODEL = "model:";
    private static final Pattern HEADER_NAME = Pattern.compile("[a-z0-9_.-]+");
    private static final double LEAST_PERCENT = 0.001;
    private static final int MOST_IN_FLIGHT = 1024;
    private static final int DEFAULT_IN_FLIGHT = 8;
    private static final long DEFAULT_SHADOW_BYTES = 16 << 20;
    private static final double MOST_WEIGHT = 1e9;
    private static final double MOST_RATIO = 1e6;
    private static final double MOST_SECONDS = 7 * 86_400;
    private static final double MILLIS = 1e3;
    private static final Duration DEFAULT_WINDOW = Duration.ofMinutes(1);
    private static final Duration DEFAULT_HOLD = Duration.ofMinutes(10);
    private static final long DEFAULT_MIN_REQUESTS = 200;
    private static final Set<String> KEYS =
            Set.of("labels", "default", SPLIT, "sticky", "rules", "shadow", "rollback", "fallback");

    private TrafficConfigReader() {}

    /**
     * Reads a document.
     *
     * @throws InferException with one sentence if it is not right
     */
    public static TrafficConfig read(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MOST_BYTES) {
            throw InferException.invalid("the document has " + bytes.length + " bytes; expected at most " + MOST_BYTES);
        }
        ConfigValue root;
        try {
            root = new ConfigValue(JsonValue.parse(bytes, 0, bytes.length), "");
        } catch (InferException e) {
            throw InferException.invalid("no JSON: " + e.text());
        }
        Map<String, ConfigValue> members = root.members(KEYS);
        List<Share> split = Optional.ofNullable(members.get(SPLIT))
                .map(TrafficConfigReader::split)
                .orElse(List.of());
        Sticky sticky = Optional.ofNullable(members.get("sticky"))
                .map(TrafficConfigReader::sticky)
                .orElse(Sticky.NONE);
        return new TrafficConfig(
                Optional.ofNullable(members.get("labels"))
                        .map(TrafficConfigReader::labels)
                        .orElse(Map.of()),
                Optional.ofNullable(members.get("default")).flatMap(value -> defaultTarget(value, split)),
                split,
                sticky.keys(),
                sticky.salt(),
                Optional.ofNullable(members.get("rules"))
                        .map(TrafficConfigReader::rules)
                        .orElse(List.of()),
                Optional.ofNullable(members.get("shadow"))
                        .map(TrafficConfigReader::shadows)
                        .orElse(List.of()),
                Optional.ofNullable(members.get("rollback")).map(TrafficConfigReader::rollback),
                Optional.ofNullable(members.get("fallback")).map(TrafficConfigReader::fallback));
    }

    private static Map<String, Long> labels(ConfigValue value) {
        Map<String, Long> labels = new LinkedHashMap<>();
        value.members().forEach((label, version) -> {
            if (!Labels.isLabel(label)) {
                throw InferException.invalid(version.path()
                        + ": a label begins with a letter or underscore and goes on with letters, digits, '.', '-' and '_', "
                        + "at most 128 of them");
            }
            if (label.equals(SPLIT)) {
                throw InferException.invalid(version.path() + ": no label can be called 'split', which default may be");
            }
            labels.put(label, version.version());
        });
        return labels;
    }

    private static Optional<Target> defaultTarget(ConfigValue value, List<Share> split) {
        Target target = value.target();
        if (!target.text().equals(SPLIT)) {
            return Optional.of(target);
        }
        if (split.isEmpty()) {
            throw InferException.invalid(
                    "default: 'split' needs the key 'split' with a target and a weight for each part");
        }
        return Optional.empty();
    }

    private static List<Share> split(ConfigValue value) {
        List<Share> split = new ArrayList<>();
        Set<Target> seen = new HashSet<>();
        double sum = 0;
        for (ConfigValue element : value.elements()) {
            Map<String, ConfigValue> members = element.members(Set.of("to", "weight"));
            ConfigValue to = element.required(members, "to");
            double weight = element.required(members, "weight").number(0, MOST_WEIGHT);
            if (!seen.add(to.target())) {
                throw InferException.invalid(to.path() + ": '" + to.target() + "' is there twice");
            }
            split.add(new Share(to.target(), weight));
            sum += weight;
        }
        if (sum == 0) {
            throw InferException.invalid(value.path() + ": expected at least one weight above 0");
        }
        return split;
    }

    private record Sticky(List<StickyKey> keys, String salt) {
        private static final Sticky NONE = new Sticky(List.of(), "");
    }

    private static Sticky sticky(ConfigValue value) {
        Map<String, ConfigValue> members = value.members(Set.of("by", "salt"));
        List<StickyKey> keys = new ArrayList<>();
        for (ConfigValue element : value.required(members, "by").elements()) {
            keys.add(stickyKey(element));
        }
        return new Sticky(
                keys,
                Optional.ofNullable(members.get("salt")).map(ConfigValue::text).orElse(""));
    }

    private static StickyKey stickyKey(ConfigValue value) {
        String text = value.text();
        int colon = text.indexOf(':');
        String name = text.substring(colon + 1);
        return switch (colon < 0 ? text : name.isEmpty() ? "" : text.substring(0, colon + 1)) {
            case "header:" -> new StickyKey.Header(headerName(value, name));
            case "parameter:" -> new StickyKey.Parameter(name);
            case "sequence_id" -> new StickyKey.SequenceId();
            case "principal" -> new StickyKey.Principal();
            default -> throw value.expected("'header:NAME', 'parameter:NAME', 'sequence_id' or 'principal'");
        };
    }

    /** The name of a header in lower case: one that gRPC's metadata can have too. */
    private static String headerName(ConfigValue value, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!HEADER_NAME.matcher(lower).matches()) {
            throw InferException.invalid(value.path()
                    + ": expected the name of a header, of letters, digits, '-', '_' and '.', got '" + name + "'");
        }
        return lower;
    }

    private static List<Rule> rules(ConfigValue value) {
        List<Rule> rules = new ArrayList<>();
        for (ConfigValue element : value.elements()) {
            Map<String, ConfigValue> members = element.members(Set.of("match", "to"));
            ConfigValue match = element.required(members, "match");
            Map<String, ConfigValue> kinds = match.members(Set.of("header", "parameter"));
            Map<String, String> headers = new LinkedHashMap<>();
            Optional.ofNullable(kinds.get("header"))
                    .ifPresent(header -> header.members().forEach((name, text) -> {
                        if (headers.put(headerName(text, name), text.text()) != null) {
                            throw InferException.invalid(
                                    text.path() + ": the header is there twice; its case does not matter");
                        }
                    }));
            Map<String, String> parameters = new LinkedHashMap<>();
            Optional.ofNullable(kinds.get("parameter"))
                    .ifPresent(given -> given.members().forEach((name, text) -> parameters.put(name, text.text())));
            if (headers.isEmpty() && parameters.isEmpty()) {
                throw InferException.invalid(
                        match.path() + ": expected a header or parameter to match; 'default' is for all requests");
            }
            rules.add(new Rule(
                    headers, parameters, element.required(members, "to").target()));
        }
        return rules;
    }

    private static List<Shadow> shadows(ConfigValue value) {
        List<Shadow> shadows = new ArrayList<>();
        for (ConfigValue element : value.elements()) {
            Map<String, ConfigValue> members =
                    element.members(Set.of("to", "percent", "max_in_flight", "max_bytes", "compare"));
            Map<String, ConfigValue> compare = Optional.ofNullable(members.get("compare"))
                    .map(each -> each.members(Set.of("outputs", "argmax")))
                    .orElse(Map.of());
            Set<String> argmax = new LinkedHashSet<>();
            Optional.ofNullable(compare.get("argmax"))
                    .ifPresent(each -> each.elements().forEach(output -> argmax.add(output.text())));
            shadows.add(new Shadow(
                    element.required(members, "to").target(),
                    element.required(members, "percent").number(LEAST_PERCENT, 100),
                    (int) integer(members, "max_in_flight", 1, MOST_IN_FLIGHT, DEFAULT_IN_FLIGHT),
                    integer(members, "max_bytes", 1, Integer.MAX_VALUE, DEFAULT_SHADOW_BYTES),
                    tolerances(compare),
                    argmax));
        }
        return shadows;
    }

    private static Map<String, Tolerance> tolerances(Map<String, ConfigValue> compare) {
        Map<String, Tolerance> tolerances = new LinkedHashMap<>();
        Optional.ofNullable(compare.get("outputs"))
                .ifPresent(value -> value.members().forEach((output, each) -> {
                    Map<String, ConfigValue> members = each.members(Set.of("abs", "rel"));
                    tolerances.put(
                            output,
                            new Tolerance(
                                    number(members, "abs", 0, Double.MAX_VALUE).orElse(0),
                                    number(members, "rel", 0, Double.MAX_VALUE).orElse(0)));
                }));
        return tolerances;
    }

    private static long integer(Map<String, ConfigValue> members, String name, long least, long most, long otherwise) {
        ConfigValue value = members.get(name);
        return value == null ? otherwise : value.integer(least, most);
    }

    private static Rollback rollback(ConfigValue value) {
        Map<String, ConfigValue> members = value.members(
                Set.of("watch", "to", "window_s", "min_requests", "max_error_rate", "max_p99_ratio", "hold_s"));
        OptionalDouble errorRate = number(members, "max_error_rate", 0, 1);
        OptionalDouble ratio = number(members, "max_p99_ratio", 1, MOST_RATIO);
        if (errorRate.isEmpty() && ratio.isEmpty()) {
            throw InferException.invalid(value.path() + ": expected max_error_rate, max_p99_ratio or both");
        }
        return new Rollback(
                value.required(members, "watch").target(),
                value.required(members, "to").target(),
                seconds(members, "window_s", DEFAULT_WINDOW, 1),
                Optional.ofNullable(members.get("min_requests"))
                        .map(least -> least.integer(1, Integer.MAX_VALUE))
                        .orElse(DEFAULT_MIN_REQUESTS),
                errorRate,
                ratio,
                seconds(members, "hold_s", DEFAULT_HOLD, 0));
    }

    private static OptionalDouble number(Map<String, ConfigValue> members, String name, double least, double most) {
        ConfigValue value = members.get(name);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value.number(least, most));
    }

    private static Duration seconds(Map<String, ConfigValue> members, String name, Duration otherwise, double least) {
        OptionalDouble seconds = number(members, name, least, MOST_SECONDS);
        return seconds.isPresent() ? Duration.ofMillis(Math.round(seconds.getAsDouble() * MILLIS)) : otherwise;
    }

    private static FallbackTo fallback(ConfigValue value) {
        Map<String, ConfigValue> members = value.members(Set.of("on", "to", "even_explicit"));
        Set<FallbackCondition> on = EnumSet.noneOf(FallbackCondition.class);
        for (ConfigValue each : value.required(members, "on").elements()) {
            on.add(FallbackCondition.find(each.text())
                    .orElseThrow(() -> each.expected("'unavailable', 'overloaded' or 'deadline'")));
        }
        if (on.isEmpty()) {
            throw InferException.invalid(value.path() + ".on: expected at least one condition");
        }
        ConfigValue to = value.required(members, "to");
        boolean evenExplicit = Optional.ofNullable(members.get("even_explicit"))
                .map(ConfigValue::bool)
                .orElse(false);
        if (!to.json().isString() || !to.text().startsWith(MODEL)) {
            return new FallbackTo(on, Optional.empty(), Optional.of(to.target()), evenExplicit);
        }
        String model = to.text().substring(MODEL.length());
        if (model.isEmpty()) {
            throw to.expected("'model:NAME', a label or the number of a version");
        }
        return new FallbackTo(on, Optional.of(model), Optional.empty(), evenExplicit);
    }
}
