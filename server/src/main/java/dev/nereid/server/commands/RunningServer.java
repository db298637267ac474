package dev.nereid.server.commands;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.Flag;
import dev.nereid.server.cli.FlagKind;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.tls.ClientTls;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A server that a command asks over HTTP.
 *
 * @param address host and port, behind {@code https://} for one with TLS
 * @param headers each as {@code name: value}
 * @param authority PEM file of the authorities that the server's certificate may be of; without it those of the JDK are
 */
record RunningServer(String address, List<String> headers, Optional<Path> authority) {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);

    RunningServer {
        headers = List.copyOf(headers);
    }

    /** The flags that name a server. */
    static List<Flag> flags() {
        return List.of(
                Flag.active(
                        "address",
                        FlagKind.TEXT,
                        "Host and HTTP port of the server, as https://HOST:PORT for one with TLS. Default: localhost:8000."),
                Flag.active(
                        "header",
                        FlagKind.TEXT,
                        "Header to send, <name>:<value>; may be given several times: the key where --http-restricted-api "
                                + "protects model-repository."),
                Flag.active(
                        "key-file",
                        FlagKind.PATH,
                        "File with an API key or a token, which is sent as Authorization: Bearer."),
                Flag.active(
                        "tls-ca",
                        FlagKind.PATH,
                        "PEM file of the authorities that the server's certificate may be of. Default: those of the JDK."),
                Flag.active("format", FlagKind.TEXT, "text or json. Default: text."),
                Flag.active("help", FlagKind.NONE, "Print this text."));
    }

    /**
     * The server that the flags name.
     *
     * @throws CommandLineException if the file of the key cannot be read
     */
    static RunningServer of(ParsedFlags flags) {
        List<String> headers = new ArrayList<>(flags.texts("header"));
        flags.text("key-file").ifPresent(file -> {
            try {
                headers.add("Authorization: Bearer "
                        + Files.readString(Path.of(file)).strip());
            } catch (IOException e) {
                throw CommandLineException.badOption("key-file", "cannot read " + file + ": " + e);
            }
        });
        return new RunningServer(
                flags.text("address").orElse("localhost:8000"),
                headers,
                flags.text("tls-ca").map(Path::of));
    }

    /**
     * Whether answers are printed as the server sends them.
     *
     * @throws CommandLineException if the flag says neither text nor json
     */
    static boolean isJson(ParsedFlags flags) {
        return switch (flags.text("format").orElse("text")) {
            case "text" -> false;
            case "json" -> true;
            case String other -> throw CommandLineException.badOption("format", "Expected text or json. Got " + other);
        };
    }

    /** A part of a path, as a URL has it. */
    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * What GET answers.
     *
     * @throws CommandLineException with one sentence if the server cannot be asked or refuses
     */
    String get(String path, Duration timeout) {
        return ask(path, request -> request.timeout(timeout));
    }

    /**
     * What POST answers.
     *
     * @throws CommandLineException with one sentence if the server cannot be asked or refuses
     */
    String post(String path, String body, Duration timeout) {
        return ask(path, request -> request.timeout(timeout).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /**
     * What the server answered, as JSON.
     *
     * @throws CommandLineException if it is none
     */
    JsonValue parse(String answer) {
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        try {
            return JsonValue.parse(bytes, 0, bytes.length);
        } catch (InferException e) {
            throw new CommandLineException(address + " answered with what is no JSON: " + e.text());
        }
    }

    private String ask(String path, Consumer<HttpRequest.Builder> what) {
        HttpRequest.Builder request;
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT);
        try {
            request = HttpRequest.newBuilder(
                    URI.create((address.contains("://") ? address : "http://" + address) + path));
            for (String header : headers) {
                int colon = header.indexOf(':');
                if (colon < 1) {
                    throw CommandLineException.badOption(
                            "header", "Expected a name, a colon and a value. Got " + header);
                }
                request.header(
                        header.substring(0, colon), header.substring(colon + 1).strip());
            }
            authority.ifPresent(file -> builder.sslContext(
                    new ClientTls(Optional.empty(), Optional.of(file), Optional.empty(), Optional.empty()).context()));
        } catch (IllegalArgumentException e) {
            throw new CommandLineException("cannot ask " + address + ": " + e.getMessage());
        }
        what.accept(request);
        try (HttpClient client = builder.build()) {
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
