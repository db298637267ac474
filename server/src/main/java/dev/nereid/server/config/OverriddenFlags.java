package dev.nereid.server.config;

import dev.nereid.server.cli.ParsedFlags;
import java.util.ArrayList;
import java.util.List;

/** Finds deprecated flags that say the contrary of those that took their place, which count. */
public final class OverriddenFlags {
    /**
     * A flag of traces.
     *
     * @param setting how the value of {@code --trace-config} begins that took its place
     * @param what Triton's name of it
     */
    private record TraceFlag(String name, String setting, String what, boolean ofFiles) {}

    private static final List<TraceFlag> TRACE_FLAGS = List.of(
            new TraceFlag("trace-rate", "rate=", "rate value", false),
            new TraceFlag("trace-level", "level=", "level", false),
            new TraceFlag("trace-count", "count=", "count", false),
            new TraceFlag("trace-file", "triton,file=", "file", true),
            new TraceFlag("trace-log-frequency", "triton,log-frequency=", "log-frequency", true));

    private OverriddenFlags() {}

    /** The lines that Triton writes to standard error. */
    public static List<String> warnings(ParsedFlags flags) {
        List<String> lines = new ArrayList<>();
        List<String> config = flags.texts("trace-config");
        boolean exporter = config.stream().anyMatch(text -> text.equalsIgnoreCase("mode=opentelemetry"));
        for (TraceFlag flag : TRACE_FLAGS) {
            if (!flags.has(flag.name())) {
                continue;
            }
            if (flag.ofFiles() && exporter) {
                lines.add("Warning: '--" + flag.name()
                        + "' is deprecated and will be ignored with opentelemetry tracing mode.");
            } else if (config.stream().anyMatch(text -> text.startsWith(flag.setting()))) {
                lines.add("Warning: Overriding deprecated '--" + flag.name() + "' in favor of provided " + flag.what()
                        + " in --trace-config!");
            }
        }
        if (flags.has("disable-auto-complete-config") && !flags.bool("strict-model-config", true)) {
            lines.add("Warning: Overriding deprecated '--strict-model-config' from False to True in favor of "
                    + "'--disable-auto-complete-config'!");
        }
        return lines;
    }
}
