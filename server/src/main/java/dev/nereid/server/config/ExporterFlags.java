package dev.nereid.server.config;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.trace.OpenTelemetryConfig;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Reads what an OpenTelemetry exporter is set to: the settings of that mode, and the variables with their defaults. */
public final class ExporterFlags {
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
        OpenTelemetryConfig config = config(complete);
        boolean told = given.containsKey(BATCH) || environment.containsKey(variable(BATCH));
        int batch = Integer.parseInt(text(complete, BATCH));
        if (told && batch > config.mostWaiting()) {
            throw bad(BATCH, "at most " + QUEUE + ", which is " + config.mostWaiting(), Integer.toString(batch));
        }
        return complete;
    }

    /** The variable that says what a setting is where the flags do not. */
    private static String variable(String setting) {
        return "OTEL_" + setting.toUpperCase(Locale.ROOT);
    }

    private static String whenAbsent(String setting, Map<String, String> environment) {
        String fallback = Objects.requireNonNull(DEFAULTS.get(setting));
        if (!setting.startsWith("bsp_")) {
            return fallback;
        }
        String value = environment.getOrDefault(variable(setting), fallback);
        number(variable(setting), value, least(setting));
        return value;
    }

    /**
     * The settings by their types.
     *
     * @param settings complete
     */
    public static OpenTelemetryConfig config(Map<String, String> settings) {
        int queue = number(settings, QUEUE);
        return new OpenTelemetryConfig(
                url(text(settings, URL)),
                resource(text(settings, RESOURCE)),
                queue,
                Math.max(number(settings, DELAY), 1),
                Math.min(number(settings, BATCH), queue));
    }

    private static int number(Map<String, String> settings, String setting) {
        return number(setting, text(settings, setting), least(setting));
    }

    private static int least(String setting) {
        return setting.equals(DELAY) ? 0 : 1;
    }

    private static String text(Map<String, String> settings, String setting) {
        return Objects.requireNonNull(settings.get(setting), setting);
    }

    /** The address; without a scheme it is one of http, as in Triton's exporter. */
    private static String url(String text) {
        String address = text.contains("://") ? text : "http://" + text;
        try {
            URI uri = URI.create(address);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (web && uri.getHost() != null) {
                return address;
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

    private static int number(String setting, String text, int least) {
        String expected = "a whole number, " + least + " or more";
        try {
            int value = Integer.parseInt(text);
            if (value >= least) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw bad(setting, expected, text);
        }
        throw bad(setting, expected, text);
    }

    private static CommandLineException bad(String setting, String expected, String got) {
        return setting.startsWith("OTEL_")
                ? new CommandLineException(
                        "Bad option: \"" + setting + "\". Expected " + expected + ", got '" + got + "'")
                : CommandLineException.badOption(FLAG, setting + ": expected " + expected + ", got '" + got + "'");
    }
}
