package dev.nereid.server.commands;

import dev.nereid.server.Server;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagGroup;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.cli.Usage;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.config.ServerConfigReader;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.Logging;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.repository.ControlMode;
import dev.nereid.server.repository.IndexEntry;
import dev.nereid.server.repository.LoadParameters;
import dev.nereid.server.repository.ModelRepository;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * {@code nereid check}: tries every model of a repository with the flags of a server, one after another and without opening a
 * port, and prints what would fail and what has no effect. The exit code tells a pipeline what came of it.
 */
final class CheckCommand {
    private static final String SYNOPSIS = "nereid check [options] REPOSITORY-DIR";
    private static final String SUMMARY = """
            Loads every model of a repository by itself, as nereid serve would with the same flags (all of which can be
            given), without opening a port. Prints what cannot be served, and every warning. Ends with 0 where all is well,
            1 where the flags or the repository are wrong, 2 where a model cannot be served.
            """;

    /** Neither what a wrong command line ends with nor a full heap. */
    private static final int FOUND = 2;

    /**
     * What came of a model.
     *
     * @param reasons why it cannot be served; none where it can
     */
    private record Finding(String model, List<String> reasons, List<String> warnings) {}

    private CheckCommand() {}

    /** What --help prints; the launcher prints docs/usage-check.txt. */
    static String usage() {
        return Usage.of(SYNOPSIS, OfflineFlags.check()) + "\n" + SUMMARY;
    }

    static int run(List<String> arguments) {
        return run(arguments, System.out);
    }

    /**
     * Runs the command.
     *
     * @throws CommandLineException if the flags are wrong or there is no model
     * @throws dev.nereid.server.config.StartException if the repository cannot be read
     */
    static int run(List<String> arguments, PrintStream out) {
        List<FlagGroup> groups = Stream.concat(OfflineFlags.check().stream(), ServeFlags.all().stream())
                .toList();
        ParsedFlags flags = new FlagParser(groups).parseWithOperands(arguments);
        if (flags.has("help")) {
            out.print(usage());
            return 0;
        }
        boolean json = RunningServer.isJson(flags);
        // What is wrong is part of the report.
        Logging.start(new LogConfig(0, false, false, false, LogConfig.Format.DEFAULT, ""));
        ConcurrentLinkedQueue<String> warnings = new ConcurrentLinkedQueue<>();
        Logging.listen(warnings::add);
        warnings.addAll(flags.warnings());
        ServerConfig config =
                ServerConfigReader.read(flags, ServeCommand.roots(flags, LoggerFactory.getLogger(CheckCommand.class)));
        Server server =
                Server.start(config.withoutFronts(config.repository().withMode(ControlMode.EXPLICIT, List.of())));
        List<String> general;
        List<Finding> findings;
        try {
            general = taken(warnings);
            findings = findings(server.repository(), warnings);
        } finally {
            server.stop();
        }
        out.print(json ? json(general, findings) : text(general, findings));
        return exitCode(general, findings, flags.has("fail-on-warnings"));
    }

    private static List<Finding> findings(ModelRepository repository, ConcurrentLinkedQueue<String> warnings) {
        Set<String> names = new LinkedHashSet<>();
        repository.index(false).forEach(entry -> names.add(entry.name()));
        if (names.isEmpty()) {
            throw new CommandLineException(
                    repository.emptyText().orElse("there is no model; expected <repository>/<model>/<version>"));
        }
        List<Finding> findings = new ArrayList<>();
        for (String name : names) {
            List<String> reasons = reasons(repository, name);
            String prefix = "model '" + name + "': ";
            List<String> own = taken(warnings).stream()
                    .map(each -> each.startsWith(prefix) ? each.substring(prefix.length()) : each)
                    .toList();
            findings.add(new Finding(name, reasons, own));
        }
        return findings;
    }

    /** Loads and unloads a model; why that cannot be done. */
    private static List<String> reasons(ModelRepository repository, String name) {
        try {
            repository.load(name, LoadParameters.NONE);
            repository.unload(name, true);
            return List.of();
        } catch (InferException e) {
            List<String> reasons = repository.index(false).stream()
                    .filter(entry ->
                            entry.name().equals(name) && !entry.reason().isEmpty() && !entry.isGivenUp())
                    .map(CheckCommand::reason)
                    .distinct()
                    .toList();
            return reasons.isEmpty() ? List.of(e.text().strip()) : reasons;
        }
    }

    private static String reason(IndexEntry entry) {
        return (entry.version().isEmpty() ? "" : "version " + entry.version() + ": ")
                + entry.reason().strip();
    }

    private static List<String> taken(ConcurrentLinkedQueue<String> warnings) {
        List<String> taken = new ArrayList<>();
        for (Optional<String> next = next(warnings); next.isPresent(); next = next(warnings)) {
            taken.add(next.get());
        }
        return taken.stream().distinct().toList();
    }

    private static Optional<String> next(ConcurrentLinkedQueue<String> warnings) {
        return Optional.ofNullable(warnings.poll());
    }

    private static int exitCode(List<String> general, List<Finding> findings, boolean failOnWarnings) {
        boolean refused = findings.stream().anyMatch(each -> !each.reasons().isEmpty());
        boolean warned = !general.isEmpty()
                || findings.stream().anyMatch(each -> !each.warnings().isEmpty());
        return refused || (warned && failOnWarnings) ? FOUND : 0;
    }

    private static String text(List<String> general, List<Finding> findings) {
        StringBuilder text = new StringBuilder();
        general.forEach(warning -> line(text, "warning: ", warning));
        int width =
                findings.stream().mapToInt(each -> each.model().length()).max().orElse(0);
        long refused = 0;
        long warnings = general.size();
        for (Finding finding : findings) {
            boolean served = finding.reasons().isEmpty();
            String name = finding.model() + " ".repeat(width - finding.model().length());
            line(text, name, served ? "  can be served" : "  cannot be served");
            finding.reasons().forEach(reason -> line(text, "  error: ", reason));
            finding.warnings().forEach(warning -> line(text, "  warning: ", warning));
            refused += served ? 0 : 1;
            warnings += finding.warnings().size();
        }
        line(text, "", "models: " + findings.size() + ", refused: " + refused + ", warnings: " + warnings);
        return text.toString();
    }

    /** Nothing that a file says may act on a terminal. */
    private static void line(StringBuilder text, String head, String line) {
        text.append(head).append(line.replaceAll("\\p{Cntrl}", " ")).append('\n');
    }

    private static String json(List<String> general, List<Finding> findings) {
        JsonWriter json = new JsonWriter();
        json.beginObject().name("models").beginArray();
        for (Finding finding : findings) {
            json.beginObject().name("name").value(finding.model());
            json.name("served").value(finding.reasons().isEmpty());
            texts(json.name("errors"), finding.reasons());
            texts(json.name("warnings"), finding.warnings()).endObject();
        }
        texts(json.endArray().name("warnings"), general).endObject();
        return new String(json.toBytes(), StandardCharsets.UTF_8) + "\n";
    }

    private static JsonWriter texts(JsonWriter json, List<String> texts) {
        json.beginArray();
        texts.forEach(json::value);
        return json.endArray();
    }
}
