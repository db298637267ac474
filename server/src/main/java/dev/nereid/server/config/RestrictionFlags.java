package dev.nereid.server.config;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.ApiKeys;
import java.util.EnumMap;
import java.util.Map;

/** Reads which API groups are restricted: {@code <group>[,<group>...]:<header>=<value>}, any number of times. */
final class RestrictionFlags {
    private RestrictionFlags() {}

    /**
     * Reads one front's flag.
     *
     * @throws CommandLineException in Triton's words where a value is none, or names a group twice
     */
    static ApiKeys read(ParsedFlags flags, String flag) {
        String kind = "restricted " + (flag.startsWith("grpc") ? "protocol" : "api") + " '";
        Map<ApiGroup, ApiKeys.Key> keys = new EnumMap<>(ApiGroup.class);
        for (String text : flags.texts(flag)) {
            int colon = text.indexOf(':');
            int equals = text.indexOf('=', colon + 1);
            if (colon <= 0 || equals <= colon + 1 || equals == text.length() - 1) {
                throw CommandLineException.badOption(
                        flag, "--" + flag + " option format is '<config name>:<setting>=<value>'. Got " + text);
            }
            ApiKeys.Key key = new ApiKeys.Key(text.substring(colon + 1, equals), text.substring(equals + 1));
            for (String name : text.substring(0, colon).split(",", -1)) {
                ApiGroup group = ApiGroup.find(name)
                        .orElseThrow(() -> CommandLineException.badOption(flag, "unknown " + kind + name + "' "));
                if (keys.putIfAbsent(group, key) != null) {
                    throw CommandLineException.badOption(
                            flag, kind + name + "' can not be specified in multiple config groups");
                }
            }
        }
        return new ApiKeys(keys);
    }
}
