package dev.nereid.server.commands;

import dev.nereid.models.InspectionText;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelInspection;
import dev.nereid.server.backend.plan.PlanFormat;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.cli.Usage;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.Logging;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * {@code nereid inspect}: what a model file, a model's folder or a repository holds, how a server would serve it, and what
 * would not load. Models are loaded for it, as a server loads them. The exit code is 0 if everything can be served.
 */
final class InspectCommand {
    private static final String SYNOPSIS = "nereid inspect [options] FILE.onnx | MODEL-DIR | REPOSITORY-DIR";
    private static final String SUMMARY =
            "Shows inputs, outputs, operators, a config.pbtxt to copy and the memory that each"
                    + " model takes. Ends with 1 if\na model cannot be served.\n";

    private InspectCommand() {}

    static int run(List<String> arguments) {
        ParsedFlags flags = new FlagParser(OfflineFlags.inspect()).parseWithOperands(arguments);
        if (flags.has("help")) {
            System.out.print(usage());
            return 0;
        }
        if (flags.operands().size() != 1) {
            throw new CommandLineException("expected one model file, model folder or repository: " + SYNOPSIS);
        }
        // What is wrong is part of the report.
        Logging.start(new LogConfig(0, false, false, false, LogConfig.Format.DEFAULT, ""));
        return inspect(Path.of(flags.operands().getFirst()), System.out) ? 0 : 1;
    }

    /** What --help prints; the launcher prints docs/usage-inspect.txt. */
    static String usage() {
        return Usage.of(SYNOPSIS, OfflineFlags.inspect()) + "\n" + SUMMARY;
    }

    /** Prints what there is to say of a path; whether all of it can be served. */
    static boolean inspect(Path path, PrintStream out) {
        if (Files.isRegularFile(path)) {
            return inspectFile(path, out);
        }
        if (Files.isRegularFile(path.resolve(PlanFormat.TENSORFLOW.fileInFolder()))) {
            return inspectFile(path.resolve(PlanFormat.TENSORFLOW.fileInFolder()), out);
        }
        if (Files.isDirectory(path)) {
            return new RepositoryInspection(out).inspect(path);
        }
        throw new CommandLineException("there is no file or folder " + path);
    }

    private static boolean inspectFile(Path file, PrintStream out) {
        ModelInspection inspection;
        try {
            inspection = ModelInspection.of(file);
        } catch (ModelFormatException e) {
            throw new CommandLineException(file + ": " + e.getMessage());
        }
        InspectionText.lines(inspection).forEach(out::println);
        LoadCheck.Verdict verdict = LoadCheck.ofFile(file);
        verdict.print(out);
        return verdict.isServed();
    }

    /** Bytes for people. */
    static String size(long bytes) {
        return bytes < 1 << 20
                ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
                : String.format(Locale.ROOT, "%.1f MiB", bytes / (1024.0 * 1024));
    }
}
