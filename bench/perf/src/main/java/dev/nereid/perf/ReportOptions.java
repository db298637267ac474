package dev.nereid.perf;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The flags for what is written, and where. */
@SuppressWarnings({"FieldMayBeFinal", "CanBeFinal"})
final class ReportOptions {
    @Option(names = "-f", paramLabel = "FILE", description = "Write a CSV table.")
    Path csv = Path.of("");

    @Option(names = "--verbose-csv", description = "More columns in it.")
    boolean verboseCsv;

    @Option(names = "--profile-export-file", paramLabel = "FILE", description = "Write every request's times as JSON.")
    Path export = Path.of("");

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page with plots; it needs no other file.")
    Path html = Path.of("");

    @Option(
            names = "--progress",
            arity = "0..1",
            paramLabel = "WHEN",
            fallbackValue = "always",
            defaultValue = "auto",
            description = "A live line on stderr: auto (if that is a terminal), always or never.")
    String progress = "auto";

    @Option(
            names = {"-q", "--quiet"},
            description = "No live line.")
    boolean quiet;

    /** Better told before an hour of measurements than behind it. */
    private static void checkFolder(String flag, Path file) {
        Path folder = file.toAbsolutePath().getParent();
        Checks.refuseIf(folder != null && !Files.isDirectory(folder), flag + ": there is no folder '" + folder + "'");
    }

    void check() {
        Checks.oneOf("--progress", progress, "auto", "always", "never");
        checkFolder("-f", csv);
        checkFolder("--profile-export-file", export);
        checkFolder("--html", html);
        Checks.refuseIf(quiet && progress.equals("always"), "--quiet and --progress exclude each other");
    }
}
