package dev.nereid.perf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Whole measurements, as tests begin them. */
final class Runs {
    /** What a run printed, and how it ended. */
    record Run(int code, String text) {}

    private Runs() {}

    /** Flags for a few requests to the model {@code double}. */
    static PerfOptions few(String protocol, String url) {
        PerfOptions options = new PerfOptions();
        options.model = "double";
        options.protocol = protocol;
        options.url = url;
        options.requestCount = 20;
        options.report.progress = "never";
        return options;
    }

    static Run run(PerfOptions options) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int code = new PerfRun(options, new PrintStream(text, true, StandardCharsets.UTF_8)).run();
        return new Run(code, text.toString(StandardCharsets.UTF_8));
    }
}
