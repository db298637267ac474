package dev.nereid.perf.load;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Failure;
import dev.nereid.perf.client.Transport;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the sequences that a load leaves open, so that they do not hold the server's slots while the next level is measured,
 * nor their ids when the next run begins with them. None of it is measured.
 */
public final class LastRequests {
    private static final long PATIENCE_SECONDS = 10;

    private LastRequests() {}

    /** Sends the last requests of {@code source} and waits for their answers, whatever they are, but not for ever. */
    public static void send(RequestSource source, Transport transport) {
        List<RequestSource.Next> last = source.closing();
        CountDownLatch unanswered = new CountDownLatch(last.size());
        Exchange.Listener listener = new Exchange.Listener() {
            @Override
            public void succeeded(Exchange exchange) {
                unanswered.countDown();
            }

            @Override
            public void failed(Exchange exchange, Failure failure) {
                unanswered.countDown();
            }
        };
        last.forEach(next ->
                transport.send(new Exchange(listener, next.payload(), System.nanoTime(), next.sequenceEnd(), false)));
        try {
            var _ = unanswered.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
