package dev.nereid.server.config;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSetting;
import dev.nereid.server.protocol.InferException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads {@code --trace-config [<mode>,]<setting>=<value>} and the older flags that it replaces. */
final class TraceFlags {
    private static final String FLAG = "trace-config";

    private final Map<TraceSetting, List<String>> settings = new EnumMap<>(TraceSetting.class);
    private final List<String> levels = new ArrayList<>();
    private final Map<String, String> exporter = new LinkedHashMap<>();
    private String mode = TraceConfig.TRITON;
    private String file = "";

    private TraceFlags() {}

    /**
     * Reads the flags.
     *
     * @throws CommandLineException if a setting is not known or a value is none of it
     */
    static TraceConfig read(ParsedFlags flags) {
        TraceFlags read = new TraceFlags();
        flags.text("trace-file").ifPresent(value -> read.file = value);
        flags.texts("trace-level").forEach(value -> read.level("trace-level", value));
        flags.text("trace-rate").ifPresent(value -> read.put("trace-rate", TraceSetting.RATE, value));
        flags.text("trace-count").ifPresent(value -> read.put("trace-count", TraceSetting.COUNT, value));
        flags.text("trace-log-frequency")
                .ifPresent(value -> read.put("trace-log-frequency", TraceSetting.LOG_FREQUENCY, value));
        flags.texts(FLAG).forEach(read::config);
        return read.config();
    }

    private TraceConfig config() {
        if (!levels.isEmpty()) {
            settings.put(TraceSetting.LEVEL, levels.contains(TraceSetting.OFF) ? List.of(TraceSetting.OFF) : levels);
        }
        if (mode.equals(TraceConfig.OPENTELEMETRY)) {
            return new TraceConfig(mode, file, settings, ExporterFlags.complete(exporter, System.getenv()));
        }
        return new TraceConfig(mode, file, settings, exporter);
    }

    private void config(String text) {
        if (text.startsWith(",")) {
            throw CommandLineException.badOption(
                    FLAG,
                    "No trace mode specified. --trace-config option format is <trace mode>,<setting>=<value> or "
                            + "<setting>=<value>. Got " + text);
        }
        int equals = text.indexOf('=');
        int comma = equals < 0 ? -1 : text.substring(0, equals).indexOf(',');
        if (equals < comma + 2 || equals == text.length() - 1) {
            throw CommandLineException.badOption(
                    FLAG, "--trace-config option format is '<trace mode>,<setting>=<value>'. Got " + text);
        }
        String scope = comma < 0 ? "" : text.substring(0, comma).toLowerCase(Locale.ROOT);
        String name = text.substring(comma + 1, equals);
        String value = text.substring(equals + 1);
        switch (scope) {
            case "" -> global(name, value);
            case TraceConfig.TRITON -> triton(name, value);
            case TraceConfig.OPENTELEMETRY -> exporter(name, value);
            default -> throw unknownMode(scope);
        }
    }

    private void global(String name, String value) {
        switch (name) {
            case "mode" -> {
                mode = value.toLowerCase(Locale.ROOT);
                if (!mode.equals(TraceConfig.TRITON) && !mode.equals(TraceConfig.OPENTELEMETRY)) {
                    throw unknownMode(value);
                }
            }
            case "level" -> level(FLAG, value);
            case "rate" -> put(FLAG, TraceSetting.RATE, value);
            case "count" -> put(FLAG, TraceSetting.COUNT, value);
            default -> throw unknown("setting", name);
        }
    }

    private void triton(String name, String value) {
        switch (name) {
            case "file" -> file = value;
            case "log-frequency" -> put(FLAG, TraceSetting.LOG_FREQUENCY, value);
            default -> throw unknown("setting of mode triton", name);
        }
    }

    /** Attributes of the resource add up; of other settings the last one holds. */
    private void exporter(String name, String value) {
        if (!ExporterFlags.isKnown(name)) {
            throw unknown("setting of mode opentelemetry", name);
        }
        exporter.merge(name, value, (old, more) -> name.equals(ExporterFlags.RESOURCE) ? old + "," + more : more);
    }

    private void level(String flag, String value) {
        String level = switch (value.toLowerCase(Locale.ROOT)) {
            case "off", "false" -> TraceSetting.OFF;
            case "timestamps", "true", "on", "min", "max" -> "TIMESTAMPS";
            case "tensors" -> "TENSORS";
            default -> throw CommandLineException.badOption(flag, "invalid value for trace level option: " + value);
        };
        if (!levels.contains(level)) {
            levels.add(level);
        }
    }

    private void put(String flag, TraceSetting setting, String value) {
        try {
            Optional<List<String>> checked = setting.checked(List.of(value));
            checked.ifPresent(values -> settings.put(setting, values));
        } catch (InferException e) {
            throw CommandLineException.badOption(flag, "Invalid option value. Got " + value);
        }
    }

    private static CommandLineException unknownMode(String name) {
        return CommandLineException.badOption(
                FLAG,
                "invalid value for trace mode option: " + name
                        + ". Available options are \"triton\" and \"opentelemetry\"");
    }

    private static CommandLineException unknown(String what, String name) {
        return CommandLineException.badOption(FLAG, "unknown " + what + " '" + name + "'");
    }
}
