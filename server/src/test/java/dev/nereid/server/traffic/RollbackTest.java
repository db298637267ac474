package dev.nereid.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.CapturedLog;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestOrigin;
import dev.nereid.server.protocol.ResponseSink;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Rollback by a clock of the test. */
class RollbackTest {
    private static final ValidationContext FACTS = ValidationContexts.of(Set.of(1L, 2L, 3L));
    private static final String DOCUMENT = """
            {"labels": {"stable": 1, "canary": %d},
             "split": [{"to": "stable", "weight": 50}, {"to": "canary", "weight": 50}],
             "rollback": {"watch": "canary", "to": "stable", "window_s": 60, "min_requests": 100,
               "max_error_rate": 0.05, "max_p99_ratio": 1.5, "hold_s": 300}}""";

    private final AtomicLong now = new AtomicLong();
    private final SplittableRandom random = new SplittableRandom(7);
    private final ModelTraffic traffic = new ModelTraffic("m", new ModelTraffic.Sources(now::get, random::nextLong));

    private final ModelTraffic.Versions versions = new ModelTraffic.Versions() {
        @Override
        public boolean isReady(long version) {
            return true;
        }

        @Override
        public boolean isSequential() {
            return false;
        }

        @Override
        public long sequenceIdleNanos() {
            return 0;
        }

        @Override
        public OptionalLong running(InferRequest.Header header) {
            return OptionalLong.empty();
        }
    };

    private static final ShadowRunner RUNNER = new ShadowRunner(_ -> true, new DifferenceLog(Optional.empty()));

    private static final ResponseSink NOWHERE = new ResponseSink() {
        @Override
        public void respond(InferResponse response, boolean last) {}

        @Override
        public void fail(InferException error) {}

        @Override
        public void end() {}
    };

    private void put(String document) {
        traffic.update(Optional.of(document), FACTS);
        assertThat(traffic.problem()).isEmpty();
    }

    private Route route(String version) {
        return traffic.route(InferRequest.Header.of("m", version, ""), 3, RequestOrigin.NONE, versions);
    }

    /** One request each 100 ms; answers the version that it went to. */
    private long request(double canaryErrors, InferException.Code code, double stableErrors, double slower) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(100));
        Route route = route("");
        InferRequest request =
                new InferRequest(InferRequest.Header.of("m", "", ""), List.of(), List.of(), List.of(), 0);
        ResponseSink sink = traffic.watch(route, request, NOWHERE, RequestRedirect.NONE, RUNNER);
        boolean stable = route.version() == 1;
        double millis = 10 + 5 * random.nextDouble();
        now.addAndGet((long) (millis * 1e6 * (stable ? 1 : slower)));
        if (random.nextDouble() < (stable ? stableErrors : canaryErrors)) {
            sink.fail(new InferException(code, "no"));
        } else {
            sink.respond(new InferResponse("m", "1", "", Map.of(), List.of(), () -> {}), true);
        }
        return route.version();
    }

    private boolean tripsWithin(
            int requests, double canaryErrors, InferException.Code code, double stableErrors, double slower) {
        for (int i = 0; i < requests && tripped().isEmpty(); i++) {
            request(canaryErrors, code, stableErrors, slower);
        }
        return tripped().isPresent();
    }

    private Optional<String> tripped() {
        return traffic.rollback().orElseThrow().reason();
    }

    @Test
    void aVersionThatFailsLosesItsTrafficOnce() {
        put(DOCUMENT.formatted(2));
        assertThat(tripsWithin(1000, 0.2, InferException.Code.INTERNAL, 0, 1)).isTrue();
        assertThat(tripped().orElseThrow()).contains("requests failed");

        for (int i = 0; i < 1000; i++) {
            assertThat(request(0, InferException.Code.INTERNAL, 0, 1)).isEqualTo(1);
        }
        assertThat(route("canary").version())
                .as("what is asked for explicitly is not rerouted")
                .isEqualTo(3);
        assertThat(route("2").version()).isEqualTo(3);
        assertThat(traffic.report().routes())
                .extracting(TrafficReport.RouteReport::route)
                .contains("rollback:split:canary", "split:canary", "split:stable");
    }

    @Test
    void aRollbackAndItsEndAreALineOfTheRecordEach() {
        try (CapturedLog log = CapturedLog.of(TrafficAudit.class)) {
            put(DOCUMENT.formatted(2));
            assertThat(tripsWithin(1000, 0.2, InferException.Code.INTERNAL, 0, 1))
                    .isTrue();
            for (int i = 0; i < 1000; i++) {
                request(0.2, InferException.Code.INTERNAL, 0, 1);
            }
            traffic.resume();
            assertThat(log.lines()).hasSize(2);
            assertThat(log.lines().getFirst())
                    .matches(
                            "audit: event=traffic\\.rollback model=\"m\" from=2 to=1 reason=\"[^\"]* requests failed [^\"]*\"");
            assertThat(log.lines().getLast()).isEqualTo("audit: event=traffic.resume model=\"m\" from=1 to=2");
        }
    }

    @Test
    void aVersionThatIsSlowerLosesItsTraffic() {
        put(DOCUMENT.formatted(2));
        assertThat(tripsWithin(1000, 0, InferException.Code.INTERNAL, 0, 2)).isTrue();
        assertThat(tripped().orElseThrow()).contains("p99 is");
    }

    @Test
    void aVersionLikeTheOtherKeepsItsTraffic() {
        put(DOCUMENT.formatted(2));
        assertThat(tripsWithin(20_000, 0.02, InferException.Code.INTERNAL, 0.02, 1.2))
                .isFalse();
    }

    @Test
    void errorsOfClientsDoNotCount() {
        put(DOCUMENT.formatted(2));
        assertThat(tripsWithin(3000, 0.5, InferException.Code.INVALID_ARG, 0, 1))
                .isFalse();
    }

    @Test
    void whatFailsOnBothSidesIsNotTheNewVersionsFault() {
        put(DOCUMENT.formatted(2));
        assertThat(tripsWithin(5000, 0.1, InferException.Code.UNAVAILABLE, 0.3, 1))
                .isFalse();
    }

    @Test
    void tooFewRequestsDecideNothing() {
        put(DOCUMENT.formatted(2));
        for (int i = 0; i < 20_000; i++) {
            now.addAndGet(TimeUnit.SECONDS.toNanos(2)); // 15 requests of a version in a window
            request(1, InferException.Code.INTERNAL, 0, 1);
        }
        assertThat(tripped()).isEmpty();
    }

    @Test
    void errorsBeforeTheWindowAreForgotten() {
        put(DOCUMENT.formatted(2));
        for (int i = 0; i < 150; i++) { // about 75 of the canary: not enough to decide
            request(1, InferException.Code.INTERNAL, 0, 1);
        }
        assertThat(tripped()).isEmpty();
        now.addAndGet(TimeUnit.SECONDS.toNanos(61));
        assertThat(tripsWithin(3000, 0, InferException.Code.INTERNAL, 0, 1)).isFalse();
    }

    @Test
    void theTrafficComesBackByHandOrWithAnotherDocumentAfterTheHold() {
        put(DOCUMENT.formatted(2));
        assertThat(tripsWithin(1000, 0.5, InferException.Code.INTERNAL, 0, 1)).isTrue();
        put(DOCUMENT.formatted(2) + "\n");
        assertThat(tripped()).as("the same document is no change").isPresent();
        put(DOCUMENT.formatted(2).replace("\"weight\": 50}]", "\"weight\": 40}]"));
        assertThat(tripped()).as("within the hold").isPresent();
        traffic.resume();
        assertThat(tripped()).isEmpty();
        assertThatThrownBy(traffic::resume)
                .isInstanceOf(InferException.class)
                .hasMessageContaining("no rollback that could be ended");

        assertThat(tripsWithin(2000, 0.5, InferException.Code.INTERNAL, 0, 1)).isTrue();
        now.addAndGet(TimeUnit.SECONDS.toNanos(301));
        put(DOCUMENT.formatted(2));
        assertThat(tripped()).as("after the hold").isEmpty();
    }

    @Test
    void aDocumentThatIsGoneForAMomentHasItsRollbackStill() {
        put(DOCUMENT.formatted(2));
        assertThat(tripsWithin(1000, 0.5, InferException.Code.INTERNAL, 0, 1)).isTrue();
        traffic.update(Optional.empty(), FACTS);
        assertThat(traffic.rollback()).isEmpty();
        put(DOCUMENT.formatted(2));
        assertThat(tripped()).as("within the hold").isPresent();

        now.addAndGet(TimeUnit.SECONDS.toNanos(301));
        traffic.update(Optional.empty(), FACTS);
        put(DOCUMENT.formatted(2));
        assertThat(tripped()).as("after the hold").isEmpty();
    }

    @Test
    void theDocumentsThatAreReadAgainChangeNothingAfterTheHoldEither() {
        put(DOCUMENT.formatted(2));
        assertThat(tripsWithin(1000, 0.5, InferException.Code.INTERNAL, 0, 1)).isTrue();
        now.addAndGet(TimeUnit.SECONDS.toNanos(301));
        put(DOCUMENT.formatted(2) + "\n");
        traffic.update(Optional.of("{"), FACTS);
        put(DOCUMENT.formatted(2));

        assertThat(tripped()).isPresent();
    }

    @Test
    void versionsThatAreGoneAreNotReported() {
        put(DOCUMENT.formatted(2));
        request(0, InferException.Code.INTERNAL, 0, 1);
        Route late = route("2");
        InferRequest request =
                new InferRequest(InferRequest.Header.of("m", "2", ""), List.of(), List.of(), List.of(), 0);
        ResponseSink sink = traffic.watch(late, request, NOWHERE, RequestRedirect.NONE, RUNNER);
        traffic.update(Optional.of(DOCUMENT.formatted(2)), ValidationContexts.of(Set.of(4L)));
        sink.fail(InferException.internal("no"));

        assertThat(traffic.metrics()).isEmpty();
    }

    @Test
    void anotherVersionBehindTheLabelIsWatchedAnew() {
        put(DOCUMENT.formatted(2));
        assertThat(tripsWithin(1000, 0.5, InferException.Code.INTERNAL, 0, 1)).isTrue();
        put(DOCUMENT.formatted(3));

        assertThat(tripped()).isEmpty();
        assertThat(traffic.rollback().orElseThrow().watched()).isEqualTo(3);
    }
}
