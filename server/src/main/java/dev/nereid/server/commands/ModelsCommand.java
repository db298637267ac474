package dev.nereid.server.commands;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.cli.Usage;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.repository.IndexEntry;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code nereid models}: lists, loads and unloads the models of a running server. */
final class ModelsCommand {
    private static final String SYNOPSIS = "nereid models [options] list | load MODEL | unload MODEL";
    private static final String SUMMARY = """
            Lists the models of a running server, or loads or unloads one and prints its state then. A server loads and
            unloads by request with --model-control-mode=explicit. Ends with 1 where the server refuses or a load fails.
            """;

    /** Loads take as long as they take; a server that says nothing for so long is given up. */
    private static final Duration LOAD_TIMEOUT = Duration.ofHours(1);

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private ModelsCommand() {}

    /** What --help prints; the launcher prints docs/usage-models.txt. */
    static String usage() {
        return Usage.of(SYNOPSIS, OfflineFlags.models()) + "\n" + SUMMARY;
    }

    static int run(List<String> arguments) {
        return run(arguments, System.out);
    }

    /**
     * Runs the command.
     *
     * @throws CommandLineException with one sentence if the arguments are none of its own, or the server cannot be asked or
     *     refuses
     */
    static int run(List<String> arguments, PrintStream out) {
        ParsedFlags flags = new FlagParser(OfflineFlags.models()).parseWithOperands(arguments);
        if (flags.has("help")) {
            out.print(usage());
            return 0;
        }
        List<String> operands = flags.operands();
        String action = operands.isEmpty() ? "" : operands.getFirst();
        switch (action) {
            case "list" -> expect(operands, 1);
            case "load", "unload" -> expect(operands, 2);
            default ->
                throw new CommandLineException("expected list, load or unload, got '" + action + "': " + SYNOPSIS);
        }
        refuseOf(flags, action, "ready", "list");
        refuseOf(flags, action, "config", "load");
        refuseOf(flags, action, "unload-dependents", "unload");
        RunningServer server = RunningServer.of(flags);
        boolean json = RunningServer.isJson(flags);
        Optional<String> model = operands.stream().skip(1).findFirst();
        model.ifPresent(name -> server.post(
                "/v2/repository/models/" + RunningServer.segment(name) + "/" + action, body(flags), LOAD_TIMEOUT));
        String index = server.post("/v2/repository/index", "{\"ready\": " + flags.has("ready") + "}", TIMEOUT);
        if (json) {
            out.println(index);
            return 0;
        }
        List<IndexEntry> entries = entries(server, index).stream()
                .filter(entry -> model.isEmpty() || entry.name().equals(model.get()))
                .toList();
        ModelTable.lines(entries).forEach(line -> out.println(line.replaceAll("\\p{Cntrl}", "?")));
        return 0;
    }

    private static void expect(List<String> operands, int count) {
        if (operands.size() != count) {
            throw new CommandLineException("expected " + (count == 1 ? "no model" : "one model") + " with "
                    + operands.getFirst() + ", got " + (operands.size() - 1) + ": " + SYNOPSIS);
        }
    }

    private static void refuseOf(ParsedFlags flags, String action, String flag, String only) {
        if (flags.has(flag) && !action.equals(only)) {
            throw CommandLineException.badOption(flag, "it goes with " + only + ", not with " + action);
        }
    }

    /** With what a load or an unload is asked for. */
    private static String body(ParsedFlags flags) {
        JsonWriter json = new JsonWriter();
        json.beginObject().name("parameters").beginObject();
        flags.text("config").ifPresent(file -> {
            try {
                json.name("config").value(Files.readString(Path.of(file)));
            } catch (IOException e) {
                throw CommandLineException.badOption("config", "cannot read " + file + ": " + e);
            }
        });
        if (flags.has("unload-dependents")) {
            json.name("unload_dependents").value(true);
        }
        return new String(json.endObject().endObject().toBytes(), StandardCharsets.UTF_8);
    }

    private static List<IndexEntry> entries(RunningServer server, String index) {
        List<IndexEntry> entries = new ArrayList<>();
        JsonValue.Elements elements = server.parse(index).elements();
        while (elements.next()) {
            JsonValue entry = elements.value();
            entries.add(new IndexEntry(
                    text(entry, "name"), text(entry, "version"), text(entry, "state"), text(entry, "reason")));
        }
        return entries;
    }

    private static String text(JsonValue entry, String member) {
        return entry.find(member).map(JsonValue::asString).orElse("");
    }
}
