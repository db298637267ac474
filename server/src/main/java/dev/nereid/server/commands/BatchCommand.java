package dev.nereid.server.commands;

import dev.nereid.engine.Engine;
import dev.nereid.engine.EngineException;
import dev.nereid.engine.EngineOptions;
import dev.nereid.engine.RowModel;
import dev.nereid.server.batch.BatchException;
import dev.nereid.server.batch.BatchJob;
import dev.nereid.server.batch.BatchOptions;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.cli.Usage;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.Logging;
import dev.nereid.server.storage.RemoteFolder;
import dev.nereid.server.storage.RemoteFolders;
import dev.nereid.server.storage.RemoteUrl;
import dev.nereid.server.storage.StorageException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Stream;

/**
 * {@code nereid batch}: runs a model over the rows of a file. The exit code is 0 if every row has its result, 2 if rows were
 * skipped, and 1 if the job did not end.
 */
final class BatchCommand {
    private static final String SYNOPSIS =
            "nereid batch --model=FILE.onnx|MODEL-DIR|NAME --input=ROWS --output=RESULTS [options]";
    private static final String SUMMARY = """
            Runs a model over the rows of a file. The same command goes on where it was killed.
            Ends with 0 if every row has its result, 2 if rows were skipped, and 1 otherwise.
            """;
    private static final int SKIPPED = 2;

    private BatchCommand() {}

    static int run(List<String> arguments) {
        ParsedFlags flags = new FlagParser(BatchFlags.all()).parse(arguments);
        if (flags.has("help")) {
            System.out.print(usage());
            return 0;
        }
        // Only the job and its errors are of interest.
        Logging.start(new LogConfig(0, false, false, false, LogConfig.Format.DEFAULT, ""));
        return run(flags, System.err, terminal() && !flags.has("quiet"));
    }

    /** What --help prints; the launcher prints docs/usage-batch.txt. */
    static String usage() {
        return Usage.of(SYNOPSIS, BatchFlags.all()) + "\n" + SUMMARY;
    }

    /** Whether somebody sees the progress: the launcher knows it of standard error. */
    private static boolean terminal() {
        return Boolean.getBoolean("nereid.terminal");
    }

    private static int run(ParsedFlags flags, PrintStream log, boolean terminal) {
        BatchOptions options = BatchFlags.options(flags);
        String model = BatchFlags.required(flags, "model");
        Optional<String> repository = flags.text("model-repository");
        try {
            if (repository.filter(RemoteUrl::isRemote).isPresent()) {
                try (RemoteFolder folder = remote(repository.get())) {
                    folder.fetch(model);
                    return run(flags, folder.copy(model), repository.get() + "/" + model, options, log, terminal);
                }
            }
            Path path = repository.map(root -> Path.of(root).resolve(model)).orElse(Path.of(model));
            return run(flags, path, path.toAbsolutePath().toString(), options, log, terminal);
        } catch (BatchException | EngineException e) {
            throw new CommandLineException(String.valueOf(e.getMessage()));
        } catch (StorageException e) {
            throw new CommandLineException("--model-repository: " + e.text());
        } catch (IOException e) {
            throw new CommandLineException("--model: the file cannot be read: " + e);
        }
    }

    private static RemoteFolder remote(String repository) {
        try {
            return RemoteFolders.open(repository, System.getenv());
        } catch (IllegalArgumentException e) {
            throw new CommandLineException("--model-repository: " + e.getMessage());
        }
    }

    private static int run(
            ParsedFlags flags, Path path, String name, BatchOptions options, PrintStream log, boolean terminal)
            throws IOException {
        try (Engine engine = Engine.start(EngineOptions.callingThread());
                RowModel model = engine.loadRows(path, BatchFlags.model(flags), BatchFlags.rows(flags))) {
            BatchJob.Summary summary = new BatchJob(model, identity(name, model), options, log, terminal).run();
            if (!flags.has("quiet")) {
                log.println(text(summary, options));
            }
            return summary.skipped() > 0 ? SKIPPED : 0;
        }
    }

    /** The model and the state of its files: of a version all in its folder, otherwise those that begin with the file's name. */
    private static String identity(String name, RowModel model) throws IOException {
        Path file = model.file().toAbsolutePath();
        StringJoiner identity = new StringJoiner(", ");
        identity.add(name
                + (model.version().isPresent() ? " version " + model.version().getAsLong() : ""));
        try (Stream<Path> files = Files.list(Objects.requireNonNull(file.getParent()))) {
            for (Path each : files.sorted().toList()) {
                String own = String.valueOf(each.getFileName());
                if (model.version().isPresent() || own.startsWith(String.valueOf(file.getFileName()))) {
                    BasicFileAttributes state = Files.readAttributes(each, BasicFileAttributes.class);
                    identity.add(own + " of " + state.size() + " bytes and " + state.lastModifiedTime());
                }
            }
        }
        return identity.toString();
    }

    private static String text(BatchJob.Summary summary, BatchOptions options) {
        long rows = summary.rows() - summary.resumedRows();
        return String.format(
                Locale.ROOT,
                "%s: %d rows in %.1f s, %.0f rows/s%s%s",
                options.output(),
                rows,
                summary.seconds(),
                rows / Math.max(summary.seconds(), 1e-3),
                summary.resumedRows() > 0 ? ", and " + summary.resumedRows() + " that were done before" : "",
                summary.skipped() > 0
                        ? ", " + summary.skipped() + " of them skipped: see " + options.output() + ".errors.jsonl"
                        : "");
    }
}
