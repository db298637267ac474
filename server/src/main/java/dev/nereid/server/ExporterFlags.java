package dev.nereid.server;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.trace.OpenTelemetryConfig;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Reads what an OpenTelemetry exporter is set to: the settings of that mode, and the variables with their defaults. */
final class ExporterFlags {
    static final String RESOURCE = "resource";

    private static final String FLAG = "trace-config";
    private static final String URL = "url";
    private static final String QUEUE = "bsp_max_queue_size";
    private static final String DELAY = "bsp_schedule_delay";
    private static final String BATCH = "bsp_max_export_batch_size";

    /** Where nobody says anything. */
    private static final Map<String, String> DEFAULTS = Map.of(
            URL,
            "http://localhost:4318/v1/traces",
            RESOURCE,
            "service.name=triton-inference-server",
            QUEUE,
            "2048",
            DELAY,
            "5000",
            BATCH,
            "512");

    private ExporterFlags() {}

    static boolean isKnown(String setting) {
        return DEFAULTS.containsKey(setting);
    }

    /**
     * The settings with those that were not given.
     *
     * @param environment variables by their names
     * @throws CommandLineException if a value is none of its setting
     */
    static Map<String, String> complete(Map<String, String> given, Map<String, String> environment) {
        Map<String, String> complete = new LinkedHashMap<>();
        for (String setting : new String[] {URL, RESOURCE, QUEUE, DELAY, BATCH}) {
            complete.put(
                    setting, Optional.ofNullable(given.get(setting)).orElseGet(() -> whenAbsent(setting, environment)));
        }
        config(complete);
        return complete;
    }

    private static String whenAbsent(String setting, Map<String, String> environment) {
        String fallback = Objects.requireNonNull(DEFAULTS.get(setting));
        if (!setting.startsWith("bsp_")) {
            return fallback;
        }
        String variable = "OTEL_" + setting.toUpperCase(Locale.ROOT);
        String value = environment.getOrDefault(variable, fallback);
        positive(variable, value);
        return value;
    }

    /**
     * The settings by their types.
     *
     * @param settings complete
     */
    static OpenTelemetryConfig config(Map<String, String> settings) {
        int queue = positive(QUEUE, text(settings, QUEUE));
        int batch = positive(BATCH, text(settings, BATCH));
        if (batch > queue) {
            throw bad(BATCH, "at most " + QUEUE + ", which is " + queue, Integer.toString(batch));
        }
        return new OpenTelemetryConfig(
                url(text(settings, URL)),
                resource(text(settings, RESOURCE)),
                queue,
                positive(DELAY, text(settings, DELAY)),
                batch);
    }

    private static String text(Map<String, String> settings, String setting) {
        return Objects.requireNonNull(settings.get(setting), setting);
    }

    private static String url(String text) {
        try {
            URI uri = URI.create(text);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (web && uri.getHost() != null) {
                return text;
            }
        } catch (IllegalArgumentException e) {
            throw bad(URL, "the http or https address of a collector", text);
        }
        throw bad(URL, "the http or https address of a collector", text);
    }

    private static Map<String, String> resource(String text) {
        Map<String, String> attributes = new LinkedHashMap<>();
        for (String attribute : text.split(",", -1)) {
            int equals = attribute.indexOf('=');
            if (equals <= 0) {
                throw bad(RESOURCE, "<key>=<value>", attribute);
            }
            attributes.put(attribute.substring(0, equals), attribute.substring(equals + 1));
        }
        attributes.putIfAbsent("service.name", "triton-inference-server");
        return attributes;
    }

    private static int positive(String setting, String text) {
        try {
            int value = Integer.parseInt(text);
            if (value > 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw bad(setting, "a whole number above 0", text);
        }
        throw bad(setting, "a whole number above 0", text);
    }

    private static CommandLineException bad(String setting, String expected, String got) {
        return setting.startsWith("OTEL_")
                ? new CommandLineException(
                        "Bad option: \"" + setting + "\". Expected " + expected + ", got '" + got + "'")
                : CommandLineException.badOption(FLAG, setting + ": expected " + expected + ", got '" + got + "'");
    }
}
