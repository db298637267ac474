package dev.nereid.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class TraceFileWriterTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final TracingFixture fixture = new TracingFixture("TIMESTAMPS");
    private final Logger log = (Logger) LoggerFactory.getLogger(TraceFileWriter.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        log.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        log.detachAppender(lines);
    }

    private List<String> logged() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void keepsNoMoreThanItsQueueHoldsWhileTheDestinationIsSlow() throws InterruptedException {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        List<Trace> written = Collections.synchronizedList(new ArrayList<>());
        TraceFileWriter writer = new TraceFileWriter("there", traces -> {
            writing.countDown();
            await(mayGoOn);
            written.addAll(traces);
        });
        writer.write(fixture.trace("first"));
        writing.await();
        for (int i = 0; i < 5000; i++) {
            writer.write(fixture.trace("more"));
        }
        assertThat(writer.dropped()).isEqualTo(5000 - 4096);
        mayGoOn.countDown();
        writer.close(PATIENCE);
        assertThat(written).hasSize(1 + 4096);
        assertThat(logged())
                .containsExactly(
                        "traces come faster than they can be written to there; some are dropped",
                        "904 traces were dropped");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void holdsSoManyBytesAndNoMore() {
        TraceQueue queue = new TraceQueue(1000, 10_000);
        Trace large = fixture.trace("x".repeat(6000));
        assertThat(queue.offer(large)).isTrue();
        assertThat(queue.offer(large)).as("12000 bytes of 10000").isFalse();
        assertThat(queue.offer(fixture.trace("small"))).isTrue();
        assertThat(queue.size()).isEqualTo(2);
    }

    @Test
    void givesUpADestinationThatHangs() {
        CountDownLatch never = new CountDownLatch(1);
        TraceFileWriter writer = new TraceFileWriter("there", _ -> await(never));
        writer.write(fixture.trace("t"));
        writer.close(Duration.ofMillis(20));
        assertThat(writer.isOpen()).isFalse();
        assertThat(logged()).containsExactly("traces are still being written to there; the rest is dropped");
    }

    @Test
    void warnsOnceThatItCannotWrite() {
        TraceFileWriter writer = new TraceFileWriter("there", _ -> {
            throw new IOException("disk full");
        });
        for (int i = 0; i < 100; i++) {
            writer.write(fixture.trace("t"));
        }
        writer.close(PATIENCE);
        assertThat(logged())
                .containsExactly("traces cannot be written to there and are dropped: java.io.IOException: disk full");
    }

    @Test
    void writesWhatItHasTakenBeforeItIsClosedAndNothingAfter() {
        List<Trace> written = Collections.synchronizedList(new ArrayList<>());
        TraceFileWriter writer = new TraceFileWriter("there", written::addAll);
        writer.write(fixture.trace("a"));
        writer.close(PATIENCE);
        writer.write(fixture.trace("b"));
        writer.close(PATIENCE);
        assertThat(written).hasSize(1);
    }
}
