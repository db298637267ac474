package dev.nereid.perf;

import dev.nereid.perf.compare.ServerComparison;
import dev.nereid.perf.report.AnswerReader;
import dev.nereid.perf.report.ComparisonCsv;
import dev.nereid.perf.report.ComparisonJson;
import dev.nereid.perf.report.ComposingCsv;
import dev.nereid.perf.report.CsvReport;
import dev.nereid.perf.report.Experiment;
import dev.nereid.perf.report.JsonExport;
import dev.nereid.perf.report.html.ComparisonPage;
import dev.nereid.perf.report.html.ExperimentPage;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the files that the flags name. */
final class ReportFiles {
    /** Of perf_analyzer, whose files these are like. */
    static final String VERSION = "2.70.0";

    private ReportFiles() {}

    /** Whether there is anything to write. */
    static boolean areAsked(ReportOptions files) {
        return isGiven(files.csv) || isGiven(files.export) || isGiven(files.html);
    }

    /** Writes what the flags name, as far as levels count. */
    static void write(PerfOptions options, Experiment experiment, AnswerReader answers) throws IOException {
        ReportOptions files = options.report;
        if (isGiven(files.csv) && !experiment.counting().isEmpty()) {
            Files.writeString(files.csv, new CsvReport(experiment, files.verboseCsv).text());
            for (ComposingCsv.Table table : ComposingCsv.tables(experiment)) {
                String name = table.prefix() + "." + files.csv.getFileName();
                Files.writeString(files.csv.resolveSibling(name), table.text());
            }
        }
        if (isGiven(files.export)) {
            try (Writer writer = Files.newBufferedWriter(files.export)) {
                new JsonExport(experiment, answers).write(VERSION, writer);
            }
        }
        writePage(options, experiment);
    }

    /** The page alone, which also has levels that do not count. */
    static void writePage(PerfOptions options, Experiment experiment) throws IOException {
        if (isGiven(options.report.html)) {
            Files.writeString(options.report.html, ExperimentPage.of(experiment));
        }
    }

    static void write(PerfOptions options, ServerComparison comparison) throws IOException {
        ReportOptions files = options.report;
        if (isGiven(files.csv)) {
            Files.writeString(files.csv, ComparisonCsv.of(comparison));
        }
        if (isGiven(files.export)) {
            try (Writer writer = Files.newBufferedWriter(files.export)) {
                ComparisonJson.write(comparison, writer);
            }
        }
        if (isGiven(files.html)) {
            Files.writeString(files.html, ComparisonPage.of(comparison));
        }
    }

    static boolean isGiven(Path file) {
        return !file.toString().isEmpty();
    }
}
