package dev.nereid.server.commands;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.cli.Usage;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;

/**
 * {@code nereid traffic}: asks a running server what became of the requests to each version of a model, so that a person can
 * decide between them.
 */
final class TrafficCommand {
    private static final String SYNOPSIS = "nereid traffic [options] MODEL";
    private static final String SUMMARY = """
            Asks a running server for the traffic of a model: requests, errors, p50, p99 and disagreement by version,
            with 95 % confidence intervals.
            """;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private TrafficCommand() {}

    static int run(List<String> arguments) {
        return run(arguments, System.out);
    }

    /**
     * Prints the report of a model.
     *
     * @throws CommandLineException with one sentence if the arguments are none of its own, or the server cannot be asked or
     *     refuses
     */
    static int run(List<String> arguments, PrintStream out) {
        ParsedFlags flags = new FlagParser(OfflineFlags.traffic()).parseWithOperands(arguments);
        if (flags.has("help")) {
            out.print(usage());
            return 0;
        }
        if (flags.operands().size() != 1) {
            throw new CommandLineException("expected one model: " + SYNOPSIS);
        }
        boolean json = RunningServer.isJson(flags);
        RunningServer server = RunningServer.of(flags);
        String report = server.get(
                "/v2/nereid/models/" + RunningServer.segment(flags.operands().getFirst()) + "/traffic", TIMEOUT);
        if (json) {
            out.println(report);
        } else {
            TrafficText.lines(server.parse(report)).forEach(out::println);
        }
        return 0;
    }

    /** What --help prints; the launcher prints docs/usage-traffic.txt. */
    static String usage() {
        return Usage.of(SYNOPSIS, OfflineFlags.traffic()) + "\n" + SUMMARY;
    }
}
