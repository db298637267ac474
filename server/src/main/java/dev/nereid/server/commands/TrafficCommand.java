package dev.nereid.server.commands;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.cli.Usage;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

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
    private static final String ADDRESS = "localhost:8000";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private TrafficCommand() {}

    static int run(List<String> arguments) {
        ParsedFlags flags = new FlagParser(OfflineFlags.traffic()).parseWithOperands(arguments);
        if (flags.has("help")) {
            System.out.print(usage());
            return 0;
        }
        if (flags.operands().size() != 1) {
            throw new CommandLineException("expected one model: " + SYNOPSIS);
        }
        print(
                flags.operands().getFirst(),
                flags.text("address").orElse(ADDRESS),
                flags.text("header"),
                flags.text("format").orElse("text"),
                System.out);
        return 0;
    }

    /** What --help prints; the launcher prints docs/usage-traffic.txt. */
    static String usage() {
        return Usage.of(SYNOPSIS, OfflineFlags.traffic()) + "\n" + SUMMARY;
    }

    /**
     * Prints the report of a model.
     *
     * @param header one that the server wants, as {@code name: value}
     * @throws CommandLineException with one sentence if the server cannot be asked or refuses
     */
    static void print(String model, String address, Optional<String> header, String format, PrintStream out) {
        if (!format.equals("text") && !format.equals("json")) {
            throw CommandLineException.badOption("format", "Expected text or json. Got " + format);
        }
        String report = ask(model, address, header);
        if (format.equals("json")) {
            out.println(report);
            return;
        }
        byte[] bytes = report.getBytes(StandardCharsets.UTF_8);
        try {
            TrafficText.lines(JsonValue.parse(bytes, 0, bytes.length)).forEach(out::println);
        } catch (InferException e) {
            throw new CommandLineException(address + " answered with what is no report: " + e.text());
        }
    }

    private static String ask(String model, String address, Optional<String> header) {
        HttpRequest.Builder request;
        try {
            URI uri = URI.create((address.contains("://") ? address : "http://" + address) + "/v2/nereid/models/"
                    + URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20") + "/traffic");
            request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
            if (header.isPresent()) {
                int colon = header.get().indexOf(':');
                if (colon < 1) {
                    throw CommandLineException.badOption(
                            "header", "Expected a name, a colon and a value. Got " + header.get());
                }
                request.header(
                        header.get().substring(0, colon),
                        header.get().substring(colon + 1).strip());
            }
        } catch (IllegalArgumentException e) {
            throw new CommandLineException("cannot ask " + address + ": " + e.getMessage());
        }
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new CommandLineException(address + " answered " + response.statusCode() + ": "
                        + response.body().strip());
            }
            return response.body();
        } catch (IOException e) {
            throw new CommandLineException("cannot reach a server at " + address + " (" + e
                    + "): --address=<host>:<port> says where its HTTP port is");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandLineException("interrupted");
        }
    }
}
