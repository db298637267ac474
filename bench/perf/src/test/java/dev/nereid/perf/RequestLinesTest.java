package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Failure;
import dev.nereid.perf.client.HeldTransport;
import dev.nereid.perf.measure.Recorder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@code -v -v} shows. */
class RequestLinesTest {
    @Test
    void everyRequestHasALineHoweverItEnds() {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(text, true, StandardCharsets.UTF_8);
        Recorder recorder = new Recorder(new RequestLines(out), Optional.empty());
        Exchange.Listener listener = new Exchange.Listener() {
            @Override
            public void succeeded(Exchange exchange) {
                recorder.succeeded(exchange);
            }

            @Override
            public void failed(Exchange exchange, Failure failure) {
                recorder.failed(failure);
            }
        };
        try (HeldTransport transport = new HeldTransport()) {
            transport.send(new Exchange(listener, new HeldTransport.Named("a"), 0, false, false));
            transport.send(new Exchange(listener, new HeldTransport.Named("b"), 0, false, false));
            transport.succeed(0);
            transport.fail(1);
        }
        assertThat(text.toString(StandardCharsets.UTF_8).lines())
                .hasSize(2)
                .anySatisfy(line -> assertThat(line)
                        .matches("  Request: \\d+ usec \\(send \\d+ usec \\+ response wait \\d+ usec \\+ receive \\d+"
                                + " usec\\), responses: 1"))
                .contains("  Request: failed, on purpose");
    }

    @Test
    void flagGivenOnceShowsWindowsAndTwiceRequestsToo() {
        PerfOptions options = new PerfOptions();
        assertThat(options.isVerbose()).isFalse();
        options.verbose = new boolean[] {true};
        assertThat(options.isVerbose()).isTrue();
        assertThat(options.isVeryVerbose()).isFalse();
        options.verbose = new boolean[] {true, true};
        assertThat(options.isVeryVerbose()).isTrue();
    }
}
