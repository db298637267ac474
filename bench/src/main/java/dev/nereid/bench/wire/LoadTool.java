package dev.nereid.bench.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs {@code h2load}: one thread, a closed loop of some connections, for some seconds. */
final class LoadTool {
    private static final Pattern RATE = Pattern.compile("finished in [^,]*, ([0-9.]+) req/s");
    private static final Pattern COUNT = Pattern.compile("requests: .* (\\d+) done, (\\d+) succeeded, (\\d+) failed");

    private final String program;

    LoadTool(String program) {
        this.program = program;
    }

    /**
     * What a run did.
     *
     * @param requests that were answered
     */
    record Run(long requests, double perSecond) {}

    /**
     * Sends a payload again and again.
     *
     * @throws IOException if the program cannot be started, or a request fails
     */
    Run run(WireCase one, String place, int seconds) throws IOException {
        WirePayload payload = one.payload();
        Path body = Files.createTempFile("nereid-wire", ".body");
        try {
            Files.write(body, payload.body());
            List<String> command = new ArrayList<>(List.of(program, "-t1", "-c" + one.connections(), "-m1"));
            command.addAll(List.of("-D", Integer.toString(seconds), "-d", body.toString()));
            command.addAll(payload.protocol().isHttp() ? List.of("--h1") : List.of("-w24", "-W24"));
            payload.headers().forEach(header -> command.addAll(List.of("-H", header)));
            command.add("http://" + place + payload.protocol().path());
            return parse(output(command));
        } finally {
            Files.delete(body);
        }
    }

    private String output(List<String> command) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IOException("cannot start " + program + " (Debian: nghttp2-client): " + e.getMessage(), e);
        }
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Reads the program's report. */
    static Run parse(String output) throws IOException {
        Matcher rate = RATE.matcher(output);
        Matcher count = COUNT.matcher(output);
        if (!rate.find() || !count.find()) {
            throw new IOException("h2load reported nothing: " + output);
        }
        if (!count.group(3).equals("0")) {
            throw new IOException(count.group(3) + " of the requests failed: " + output);
        }
        if (count.group(2).equals("0")) {
            throw new IOException("no request was answered: " + output);
        }
        return new Run(Long.parseLong(count.group(2)), Double.parseDouble(rate.group(1)));
    }
}
