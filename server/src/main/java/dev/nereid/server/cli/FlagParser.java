package dev.nereid.server.cli;

import dev.nereid.server.protocol.NearestName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads arguments by the rules of getopt_long with long options only: {@code --name=value}, {@code --name value}, and
 * any prefix that fits one name alone.
 */
public final class FlagParser {
    private final Map<String, Flag> flags = new LinkedHashMap<>();

    public FlagParser(List<FlagGroup> groups) {
        for (FlagGroup group : groups) {
            for (Flag flag : group.flags()) {
                if (flags.put(flag.name(), flag) != null) {
                    throw new IllegalArgumentException("two flags are called --" + flag.name());
                }
            }
        }
    }

    /**
     * Reads a command line of flags alone.
     *
     * @throws CommandLineException if an argument is no flag, or a flag's value is no such value
     */
    public ParsedFlags parse(List<String> arguments) {
        ParsedFlags parsed = parseWithOperands(arguments);
        if (!parsed.operands().isEmpty()) {
            throw new CommandLineException(
                    "Unexpected argument: " + parsed.operands().getFirst());
        }
        return parsed;
    }

    /** As {@link #parse}, with arguments between and behind the flags that are none: {@link ParsedFlags#operands}. */
    public ParsedFlags parseWithOperands(List<String> arguments) {
        ParsedFlags.Builder parsed = new ParsedFlags.Builder(flags.keySet());
        int next = 0;
        while (next < arguments.size()) {
            String argument = arguments.get(next++);
            if (argument.equals("--")) {
                arguments.subList(next, arguments.size()).forEach(parsed::addOperand);
                break;
            }
            if (!argument.startsWith("-") || argument.equals("-")) {
                parsed.addOperand(argument);
                continue;
            }
            if (!argument.startsWith("--")) {
                throw new CommandLineException("unrecognized option '" + argument + "'");
            }
            int equals = argument.indexOf('=');
            Flag flag = find(argument.substring(2, equals < 0 ? argument.length() : equals));
            if (flag.kind() == FlagKind.NONE) {
                if (equals >= 0) {
                    throw new CommandLineException("option '--" + flag.name() + "' doesn't allow an argument");
                }
                parsed.add(flag, "");
            } else if (equals >= 0) {
                parsed.add(flag, checked(flag, argument.substring(equals + 1)));
            } else if (next < arguments.size()) {
                parsed.add(flag, checked(flag, arguments.get(next++)));
            } else {
                throw new CommandLineException("option '--" + flag.name() + "' requires an argument");
            }
        }
        return parsed.build();
    }

    private Flag find(String name) {
        Flag exact = flags.get(name);
        if (exact != null) {
            return exact;
        }
        List<Flag> candidates = new ArrayList<>();
        for (Flag flag : flags.values()) {
            if (!name.isEmpty() && flag.name().startsWith(name)) {
                candidates.add(flag);
            }
        }
        if (candidates.size() == 1) {
            return candidates.getFirst();
        }
        if (candidates.isEmpty()) {
            throw new CommandLineException("unrecognized option '--" + name + "'" + suggestion(name));
        }
        StringBuilder message = new StringBuilder("option '--" + name + "' is ambiguous; possibilities:");
        candidates.forEach(flag -> message.append(" '--").append(flag.name()).append('\''));
        throw new CommandLineException(message.toString());
    }

    private static String checked(Flag flag, String value) {
        try {
            flag.kind().check(value);
        } catch (IllegalArgumentException e) {
            throw CommandLineException.badOption(flag.name(), String.valueOf(e.getMessage()));
        }
        return value;
    }

    private String suggestion(String name) {
        return NearestName.of(name, flags.keySet())
                .map(known -> ": did you mean '--" + known + "'?")
                .orElse("");
    }
}
