package dev.nereid.server;

import dev.nereid.server.observe.MetricsText;
import dev.nereid.server.observe.MetricsText.Sample;
import dev.nereid.server.tls.TlsWatch;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The families of metrics about TLS; nothing where no front has it. */
final class TlsFamilies {
    private TlsFamilies() {}

    static void write(MetricsText text, TlsWatch tls) {
        if (tls.isEmpty()) {
            return;
        }
        text.samples(
                        "nereid_tls_certificate_not_after_seconds",
                        "gauge",
                        "End of the server's certificate, in seconds since 1970",
                        tls.ends().entrySet().stream()
                                .map(end -> new Sample(
                                        new TreeMap<>(Map.of(
                                                "certificate", end.getKey().toString())),
                                        end.getValue().getEpochSecond()))
                                .toList())
                .samples(
                        "nereid_tls_reload_total",
                        "counter",
                        "Number of times that changed files for TLS were read again, and put in force or not",
                        List.of(result("success", tls.reloads()), result("failure", tls.failures())));
    }

    private static Sample result(String name, long count) {
        return new Sample(new TreeMap<>(Map.of("result", name)), count);
    }
}
