package dev.nereid.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.observe.StatisticsSnapshot.Duration;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.VirtualClock;
import dev.nereid.server.statement.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class CachingSchedulerTest {
    private static final String DIRECT = "max_batch_size: 8";

    @ParameterizedTest
    @ValueSource(strings = {DIRECT, CacheFixture.BATCHER})
    @Statement({13, 137, 142})
    void answersARepeatedRequestBeforeTheSchedulerHearsOfIt(String config) {
        CacheFixture fixture = new CacheFixture(config);
        fixture.submit("first", 41);
        fixture.finishAll();
        fixture.submit("again", 41);
        fixture.submit("other", 1);
        assertThat(fixture.heard).containsExactly("first 42 computed", "again 42");
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("first 42 computed", "again 42", "other 2 computed");
        assertThat(fixture.executed).containsExactly(List.of("first"), List.of("other"));
    }

    @Test
    @Statement(142)
    void answersWhatIsCachedAlthoughTheQueueIsFull() {
        CacheFixture fixture = new CacheFixture(CacheFixture.BATCHER);
        fixture.submit("first", 41);
        fixture.finishAll();
        fixture.submit("running", 1);
        fixture.submit("waiting", 2);
        fixture.submit("waiting-too", 3);
        fixture.heard.clear();
        fixture.submit("refused", 4);
        fixture.submit("cached", 41);
        assertThat(fixture.heard)
                .containsExactly("refused UNAVAILABLE [request id: refused] Exceeds maximum queue size", "cached 42");
        assertThat(fixture.statistics.snapshot().pendingCount()).isEqualTo(2);
    }

    @Test
    void forgetsWhatIsThereAndWhatIsOnItsWay() {
        CacheFixture fixture = new CacheFixture(DIRECT);
        fixture.submit("before", 1);
        fixture.finishAll();
        fixture.submit("running", 41);
        fixture.scheduler.forget();
        fixture.submit("own", 41);
        fixture.submit("anew", 1);
        fixture.finishAll();
        fixture.submit("again", 41);
        assertThat(fixture.heard)
                .containsExactly(
                        "before 2 computed", "running 42 computed", "own 42 computed", "anew 2 computed", "again 42");
        assertThat(fixture.cache.snapshot().entries()).isEqualTo(2);
    }

    @Test
    void saysOnceThatAnswersAreTooLargeForTheCache() {
        Logger log = (Logger) LoggerFactory.getLogger(CachingScheduler.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            CacheFixture fixture = new CacheFixture(DIRECT, 1);
            fixture.submit("first", 41);
            fixture.finishAll();
            fixture.submit("again", 41);
            fixture.finishAll();
            assertThat(fixture.heard).containsExactly("first 42 computed", "again 42 computed");
        } finally {
            log.detachAppender(lines);
        }
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .singleElement()
                .asString()
                .startsWith("Failed to insert key");
    }

    @Test
    @Statement(140)
    void storesNoErrors() {
        CacheFixture fixture = new CacheFixture(DIRECT);
        fixture.failing = true;
        fixture.submit("broken", 41);
        fixture.finishAll();
        fixture.failing = false;
        fixture.submit("again", 41);
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("broken INTERNAL the model is broken", "again 42 computed");
        assertThat(fixture.cache.snapshot().entries()).isEqualTo(1);
        assertThat(fixture.statistics.snapshot().cacheMiss().count()).isEqualTo(1);
    }

    @Test
    @Statement(140)
    void hasStoredAnAnswerBeforeItsClientHearsIt() {
        CacheFixture fixture = new CacheFixture(DIRECT);
        fixture.submit("a", 41);
        assertThat(fixture.cache.snapshot().entries()).isZero();
        fixture.finishAll();
        // The model's own memory was overwritten when the first response was closed.
        fixture.submit("b", 41);
        assertThat(fixture.heard).containsExactly("a 42 computed", "b 42");
    }

    /** Under priorities two identical requests may both run; the second finds the key taken. */
    @Test
    @Statement(140)
    void leavesAnEntryThatIsThereAndCountsNeitherHitNorMiss() {
        CacheFixture fixture = new CacheFixture(CacheFixture.BATCHER);
        fixture.submit("running", 1);
        fixture.submit("low", 41, 2);
        fixture.submit("high", 41, 1);
        fixture.finishAll();
        assertThat(fixture.heard).contains("low 42 computed", "high 42 computed");
        assertThat(fixture.cache.snapshot().entries()).isEqualTo(2);
        assertThat(fixture.statistics.snapshot().success().count()).isEqualTo(3);
        assertThat(fixture.statistics.snapshot().cacheMiss().count()).isEqualTo(2);
        assertThat(fixture.statistics.snapshot().cacheHit().count()).isZero();
    }

    @Test
    @Statement(148)
    void countsAHitAsASuccessThatWasNotInferred() {
        CacheFixture fixture = new CacheFixture(DIRECT);
        fixture.submit("a", 41);
        fixture.clock.advanceMicros(100);
        fixture.finishAll();
        // From here on every look at the clock takes a microsecond.
        fixture.clock.tickMicros(1);
        fixture.submit("b", 41);
        StatisticsSnapshot statistics = fixture.statistics.snapshot();
        // Received; arrived, look-up begins, within it two looks of the cache, look-up ends, answered.
        assertThat(statistics.success()).isEqualTo(new Duration(2, 100_000 + 6_000));
        assertThat(statistics.queue()).isEqualTo(new Duration(2, 100_000 + 1_000));
        assertThat(statistics.cacheHit()).isEqualTo(new Duration(1, 3_000));
        assertThat(statistics.cacheMiss().count()).isEqualTo(1);
        assertThat(statistics.inferenceCount()).isEqualTo(1);
        assertThat(statistics.executionCount()).isEqualTo(1);
        assertThat(statistics.compute().infer().count()).isEqualTo(1);
    }

    @Test
    @Statement(148)
    void countsLookUpAndInsertionOfAMissAndAddsThemToTheSuccess() {
        CacheFixture fixture = new CacheFixture(DIRECT);
        fixture.clock.tickMicros(1);
        long start = fixture.clock.nanos();
        fixture.submit("a", 41);
        fixture.finishAll();
        StatisticsSnapshot statistics = fixture.statistics.snapshot();
        // Look-up: three looks at the clock. Insertion: begins, the cache's one look, ends.
        assertThat(statistics.cacheMiss()).isEqualTo(new Duration(1, 3_000 + 2_000));
        assertThat(statistics.success().count()).isEqualTo(1);
        long whole = fixture.clock.nanos() - start;
        assertThat(statistics.success().nanos()).isBetween(5_000L, whole);
        assertThat(fixture.cache.snapshot().lookupNanos()).isEqualTo(1_000);
        assertThat(fixture.cache.snapshot().insertionNanos()).isEqualTo(1_000);
    }

    /** A hit waits for what came before it. */
    @Test
    @Statement(52)
    void keepsTheOrderOfArrivalForHitsToo() {
        CacheFixture fixture = new CacheFixture("max_batch_size: 1 input { name: 'X' data_type: TYPE_INT32 dims: 1 } "
                + "dynamic_batching { preserve_ordering: true }");
        fixture.submit("first", 41);
        fixture.finishAll();
        fixture.submit("slow", 1);
        fixture.submit("queued", 2);
        fixture.submit("hit", 41);
        assertThat(fixture.heard).containsExactly("first 42 computed");
        fixture.finishAll();
        assertThat(fixture.heard)
                .containsExactly("first 42 computed", "slow 2 computed", "queued 3 computed", "hit 42");
    }

    @Test
    @Statement(7)
    void answersNothingWhileTheServerStops() {
        CacheFixture fixture = new CacheFixture(DIRECT);
        fixture.submit("first", 41);
        fixture.finishAll();
        fixture.scheduler.refuse();
        fixture.submit("late", 41);
        assertThat(fixture.heard.getLast()).startsWith("late UNAVAILABLE").contains("Server is stopping");
    }

    @Test
    void letsGoOfItsEntriesWhenItIsClosed() {
        CacheFixture fixture = new CacheFixture(DIRECT);
        fixture.submit("first", 41);
        fixture.finishAll();
        fixture.scheduler.close();
        assertThat(fixture.cache.snapshot().entries()).isZero();
        assertThat(fixture.cache.snapshot().bytes()).isZero();
        assertThat(fixture.cache.heldBytes()).isZero();
    }

    /** The cache knows no queue: one that hands a request from step to step gets no step to run for a hit. */
    @Test
    void worksInFrontOfASchedulerOfAnyKind() {
        List<String> steps = new ArrayList<>();
        List<String> heard = new ArrayList<>();
        ModelStatistics statistics = new ModelStatistics();
        VirtualClock clock = new VirtualClock();
        Scheduler twoSteps = new Scheduler() {
            @Override
            public void submit(InferRequest request, ResponseSink sink) {
                steps.add("first");
                steps.add("second");
                OutputTensor output =
                        new OutputTensor("Y", request.inputs().getFirst().tensor());
                sink.respond(
                        new InferResponse("e", "1", request.header().id(), Map.of(), List.of(output), () -> {}), true);
            }

            @Override
            public void refuse() {}

            @Override
            public void close() {
                steps.add("closed");
            }
        };
        try (LocalCache cache = new LocalCache(1 << 20, clock)) {
            CachingScheduler scheduler = new CachingScheduler(twoSteps, cache, () -> "m", statistics, clock, false);
            for (String id : List.of("a", "b")) {
                InferRequest request = new InferRequest(
                        InferRequest.Header.of("e", "", id),
                        List.of(CacheFixture.input(41)),
                        List.of(),
                        List.of(),
                        clock.nanos());
                scheduler.submit(request, new ResponseSink() {
                    @Override
                    public void respond(InferResponse response, boolean last) {
                        heard.add(response.id());
                        response.close();
                    }

                    @Override
                    public void fail(InferException error) {
                        heard.add(error.text());
                    }

                    @Override
                    public void end() {
                        heard.add("end");
                    }
                });
            }
            scheduler.close();
            assertThat(cache.heldBytes()).isZero();
        }
        assertThat(heard).containsExactly("a", "b");
        assertThat(steps).containsExactly("first", "second", "closed");
    }
}
