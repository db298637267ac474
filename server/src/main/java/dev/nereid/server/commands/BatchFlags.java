package dev.nereid.server.commands;

import static dev.nereid.server.cli.Flag.active;

import dev.nereid.engine.ModelOptions;
import dev.nereid.engine.RowOptions;
import dev.nereid.server.batch.BatchOptions;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagGroup;
import dev.nereid.server.cli.FlagKind;
import dev.nereid.server.cli.ParsedFlags;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The flags of {@code nereid batch}, and their reader. */
final class BatchFlags {
    private static final int CHUNK_ROWS = 256;
    private static final int MAX_ROW_BYTES = 64 << 20;

    private BatchFlags() {}

    static List<FlagGroup> all() {
        return List.of(
                FlagGroup.of(
                        "Model",
                        active(
                                "model",
                                FlagKind.PATH,
                                "An ONNX file, a model's folder, or a model's name in --model-repository."),
                        active(
                                "model-repository",
                                FlagKind.PATH,
                                "The repository that has --model: a folder, s3://, gs:// or as://."),
                        active(
                                "model-version",
                                FlagKind.LONG,
                                "The version of a model's folder. Default: the highest.")),
                FlagGroup.of(
                        "Data",
                        active(
                                "input",
                                FlagKind.PATH,
                                "The rows: a file that ends in .jsonl, .ndjson, .csv or .parquet."),
                        active(
                                "output",
                                FlagKind.PATH,
                                "Where the results go, in the input's format. The file is there when it is complete."),
                        active(
                                "column",
                                FlagKind.SETTING,
                                "INPUT=COLUMN: the column that an input of the model is read from. INPUT=A,B,C makes a vector"
                                        + " of several. Repeat it for each input. Default: the column of the input's name."),
                        active(
                                "keep",
                                FlagKind.TEXT,
                                "Columns that are copied to the output, separated by commas; 'none' for none. Default: all that"
                                        + " no input is read from."),
                        active("delimiter", FlagKind.TEXT, "The character between cells of CSV. Default: a comma."),
                        active(
                                "max-row-bytes",
                                FlagKind.INTEGER,
                                "A longer row of the input ends the job. Default: " + MAX_ROW_BYTES + ".")),
                FlagGroup.of(
                        "Job",
                        active(
                                "on-error",
                                FlagKind.TEXT,
                                "What to do with a row that fails. 'fail' ends the job and names its line. 'skip' writes"
                                        + " its line and error to OUTPUT.errors.jsonl. Default: fail."),
                        active("restart", FlagKind.NONE, "Begin anew, and replace an output that is there."),
                        active("quiet", FlagKind.NONE, "Show no progress."),
                        active("help", FlagKind.NONE, "Print this text.")),
                FlagGroup.of(
                        "Speed",
                        active("threads", FlagKind.INTEGER, "Threads that compute rows. Default: the number of cores."),
                        active(
                                "batch-rows",
                                FlagKind.INTEGER,
                                "Rows of one run at most. Default: " + RowOptions.DEFAULT.maxRows() + "."),
                        active(
                                "batch-tokens",
                                FlagKind.LONG,
                                "Tokens of one run at most, for texts. Default: " + RowOptions.DEFAULT.maxTokens()
                                        + "."),
                        active(
                                "chunk-rows",
                                FlagKind.INTEGER,
                                "Rows that are read and written together: at most so many, and fewer where they have 4 MiB. The"
                                        + " memory holds two such chunks for each thread. Default: " + CHUNK_ROWS
                                        + ".")));
    }

    static BatchOptions options(ParsedFlags flags) {
        return new BatchOptions(
                Path.of(required(flags, "input")),
                Path.of(required(flags, "output")),
                columns(flags),
                keep(flags),
                onError(flags),
                positive(flags, "threads", Runtime.getRuntime().availableProcessors()),
                positive(flags, "chunk-rows", CHUNK_ROWS),
                positive(flags, "max-row-bytes", MAX_ROW_BYTES),
                delimiter(flags),
                flags.has("restart"));
    }

    static RowOptions rows(ParsedFlags flags) {
        long tokens = flags.longInteger("batch-tokens", RowOptions.DEFAULT.maxTokens());
        if (tokens < 1) {
            throw new CommandLineException("--batch-tokens: expected at least 1, got " + tokens);
        }
        return RowOptions.DEFAULT
                .withMaxRows(positive(flags, "batch-rows", RowOptions.DEFAULT.maxRows()))
                .withMaxTokens(tokens);
    }

    static ModelOptions model(ParsedFlags flags) {
        long version = flags.longInteger("model-version", ModelOptions.LATEST);
        if (version < ModelOptions.LATEST) {
            throw new CommandLineException("--model-version: expected a number from 0, got " + version);
        }
        return ModelOptions.DEFAULT.withVersion(version);
    }

    static String required(ParsedFlags flags, String name) {
        return flags.text(name).orElseThrow(() -> new CommandLineException("--" + name + " is missing"));
    }

    private static int positive(ParsedFlags flags, String name, int whenAbsent) {
        int value = flags.integer(name, whenAbsent);
        if (value < 1) {
            throw new CommandLineException("--" + name + ": expected at least 1, got " + value);
        }
        return value;
    }

    private static Map<String, List<String>> columns(ParsedFlags flags) {
        Map<String, List<String>> columns = new HashMap<>();
        for (String text : flags.texts("column")) {
            int equals = text.indexOf('=');
            if (equals < 1 || equals == text.length() - 1) {
                throw new CommandLineException("--column: expected INPUT=COLUMN, got '" + text + "'");
            }
            columns.put(
                    text.substring(0, equals),
                    List.of(text.substring(equals + 1).split(",", -1)));
        }
        return columns;
    }

    private static BatchOptions.Keep keep(ParsedFlags flags) {
        return flags.text("keep")
                .<BatchOptions.Keep>map(text ->
                        new BatchOptions.Keep.Named(text.equals("none") ? List.of() : List.of(text.split(",", -1))))
                .orElse(new BatchOptions.Keep.Others());
    }

    private static BatchOptions.OnError onError(ParsedFlags flags) {
        String text = flags.text("on-error").orElse("fail");
        return switch (text) {
            case "fail" -> BatchOptions.OnError.FAIL;
            case "skip" -> BatchOptions.OnError.SKIP;
            default -> throw new CommandLineException("--on-error: expected fail or skip, got '" + text + "'");
        };
    }

    private static char delimiter(ParsedFlags flags) {
        String text = flags.text("delimiter").orElse(",").replace("\\t", "\t");
        if (text.length() != 1 || text.charAt(0) == '"' || text.charAt(0) == '\n') {
            throw new CommandLineException("--delimiter: expected one character, got '" + text + "'");
        }
        return text.charAt(0);
    }
}
