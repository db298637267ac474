package dev.nereid.server.config;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.observe.LatencyConfig;
import java.util.List;

/** From {@code --metrics-config}, given any number of times, to what metrics show of durations. */
public final class MetricsFlags {
    private static final String FLAG = "metrics-config";

    /** One {@code <setting>=<value>}. */
    private record Setting(String name, String value) {
        static Setting parse(String text) {
            int equals = text.indexOf('=');
            if (equals < 1
                    || equals == text.length() - 1
                    || text.substring(0, equals).contains(",")) {
                throw CommandLineException.badOption(
                        FLAG, "--" + FLAG + " option format is <setting>=<value>. Got " + text);
            }
            return new Setting(text.substring(0, equals), text.substring(equals + 1));
        }
    }

    private MetricsFlags() {}

    /**
     * Reads the settings in order.
     *
     * @throws CommandLineException in Triton's words if one has not the form of a setting
     */
    static LatencyConfig latencies(ParsedFlags flags) {
        LatencyConfig config = LatencyConfig.DEFAULT;
        for (Setting setting : settings(flags)) {
            config = config.with(setting.name(), setting.value());
        }
        return config;
    }

    /** A sentence for each setting, or part of one, that has no effect. */
    public static List<String> warnings(ParsedFlags flags) {
        return settings(flags).stream()
                .flatMap(setting -> LatencyConfig.complaints(setting.name(), setting.value()).stream())
                .map(complaint -> "--" + FLAG + ": " + complaint)
                .toList();
    }

    private static List<Setting> settings(ParsedFlags flags) {
        return flags.texts(FLAG).stream().map(Setting::parse).toList();
    }
}
