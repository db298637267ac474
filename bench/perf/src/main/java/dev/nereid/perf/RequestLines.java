package dev.nereid.perf;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Failure;
import dev.nereid.perf.measure.RequestListener;
import java.io.PrintStream;
import java.util.Locale;

/** A line for each request, for those who want to see them all. Printing takes time that the load would need. */
record RequestLines(PrintStream out) implements RequestListener {
    @Override
    public void succeeded(Exchange exchange) {
        out.printf(
                Locale.ROOT,
                "  Request: %d usec (send %d usec + response wait %d usec + receive %d usec), responses: %d%n",
                micros(exchange.end() - exchange.start()),
                micros(exchange.sent() - exchange.start()),
                micros(exchange.answered() - exchange.sent()),
                micros(exchange.end() - exchange.answered()),
                exchange.responses());
    }

    @Override
    public void failed(Failure failure) {
        out.println("  Request: " + failure.kind().name().toLowerCase(Locale.ROOT) + ", " + failure.message());
    }

    private static long micros(long nanos) {
        return nanos / 1000;
    }
}
