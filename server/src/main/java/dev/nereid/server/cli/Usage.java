package dev.nereid.server.cli;

import dev.nereid.server.cli.Flag.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The text that lists a command's flags. */
public final class Usage {
    private static final int WIDTH = 100;
    private static final String INDENT = "        ";
    private static final Map<Effect, String> MARKS = Map.of(
            Effect.ACTIVE, "",
            Effect.DEPRECATED, " [deprecated]",
            Effect.NONE, " [accepted, no effect]");

    private Usage() {}

    /** The text, ending in a line break. */
    public static String of(String synopsis, List<FlagGroup> groups) {
        return "Usage: " + synopsis + "\n" + flags(groups);
    }

    /** What follows the first line; docs/usage.txt holds it for the launcher, which starts no JVM for it. */
    static String flags(List<FlagGroup> groups) {
        StringBuilder text = new StringBuilder();
        for (FlagGroup group : groups) {
            text.append('\n').append(group.title()).append(":\n");
            for (Flag flag : group.flags()) {
                text.append("  --").append(flag.name());
                if (flag.kind() != FlagKind.NONE) {
                    text.append("=<").append(flag.kind().placeholder()).append('>');
                }
                text.append(MARKS.get(flag.effect())).append('\n');
                for (String line : wrapped(flag.help())) {
                    text.append(INDENT).append(line).append('\n');
                }
            }
        }
        return text.toString();
    }

    private static List<String> wrapped(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!line.isEmpty() && INDENT.length() + line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
