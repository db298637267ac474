package dev.nereid.server.observe;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What the command line says about traces.
 *
 * @param mode {@code triton} or {@code opentelemetry}
 * @param file where traces go to in Triton's mode; empty for nowhere
 * @param settings those that clients may change; the others are at their defaults
 * @param exporter further settings of the mode, as they were given
 */
public record TraceConfig(
        String mode, String file, Map<TraceSetting, List<String>> settings, Map<String, String> exporter) {
    /** Traces Triton's way. */
    public static final String TRITON = "triton";

    /** Traces for an OpenTelemetry collector. */
    public static final String OPENTELEMETRY = "opentelemetry";

    /** Nothing is traced. */
    public static final TraceConfig NONE = new TraceConfig(TRITON, "", Map.of(), Map.of());

    public TraceConfig {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(file, "file");
        Map<TraceSetting, List<String>> complete = new EnumMap<>(TraceSetting.class);
        for (TraceSetting setting : TraceSetting.values()) {
            complete.put(setting, List.copyOf(settings.getOrDefault(setting, setting.whenAbsent())));
        }
        settings = Map.copyOf(complete);
        exporter = Collections.unmodifiableMap(new LinkedHashMap<>(exporter));
    }

    /** Whether the mode has this setting: only Triton's writes files. */
    public boolean shows(TraceSetting setting) {
        return setting != TraceSetting.LOG_FREQUENCY || mode.equals(TRITON);
    }

    /** What clients see but cannot change, by the names that they know it under. */
    public Map<String, String> fixed() {
        Map<String, String> fixed = new LinkedHashMap<>();
        if (mode.equals(TRITON)) {
            fixed.put("trace_file", file);
        } else {
            fixed.putAll(exporter);
        }
        fixed.put("trace_mode", mode);
        return fixed;
    }
}
