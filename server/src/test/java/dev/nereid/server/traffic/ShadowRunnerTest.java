package dev.nereid.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shadows on a thread that the test drives. */
class ShadowRunnerTest {
    @TempDir
    private Path folder;

    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final AtomicInteger requestsFreed = new AtomicInteger();
    private final AtomicInteger answersFreed = new AtomicInteger();
    private final AtomicInteger shadowAnswersFreed = new AtomicInteger();
    private final ShadowRule rule =
            new ShadowRule(new TrafficConfig.Shadow(new Target("2"), 100, 2, 1000, Map.of(), Set.of()), 2);
    private Duration patience = Duration.ofSeconds(30);
    private boolean idle = true;
    private int held;

    private ShadowRunner runner() {
        return new ShadowRunner(
                count -> {
                    held = count;
                    return idle;
                },
                new DifferenceLog(Optional.of(folder.resolve("differences"))),
                waiting::add,
                patience,
                Duration.ofMillis(50));
    }

    private InferResponse answer(String text, AtomicInteger freed) {
        byte[][] elements = {text.getBytes(StandardCharsets.UTF_8)};
        return new InferResponse(
                "m",
                "1",
                "",
                Map.of(),
                List.of(new OutputTensor("T", Tensor.ofStrings(Shape.of(1), elements))),
                freed::incrementAndGet);
    }

    /** The client's request is answered "yes", closed by its front, and shadowed. */
    private void request(ShadowRunner runner, ShadowRunner.Version version) {
        request(runner, version, rule);
    }

    private void request(ShadowRunner runner, ShadowRunner.Version version, ShadowRule asked) {
        InferRequest request = new InferRequest(
                InferRequest.Header.of("m", "", "id-7"),
                List.of(),
                List.of(),
                List.of(requestsFreed::incrementAndGet),
                0);
        AtomicInteger answered = new AtomicInteger();
        ResponseSink front = new ResponseSink() {
            @Override
            public void respond(InferResponse response, boolean last) {
                assertThat(waiting).as("the client comes first").hasSizeLessThanOrEqualTo(2);
                answered.incrementAndGet();
                response.close();
                request.close();
            }

            @Override
            public void fail(InferException error) {
                throw error;
            }

            @Override
            public void end() {}
        };
        new ShadowedAnswer("m", request, front, List.of(asked), version, runner)
                .respond(answer("yes", answersFreed), true);
        assertThat(answered).hasValue(1);
    }

    private ShadowRunner.Version answering(String text) {
        return (version, request, sink) -> {
            assertThat(version).isEqualTo(2);
            assertThat(request.isInBackground()).isTrue();
            sink.respond(answer(text, shadowAnswersFreed), true);
            return true;
        };
    }

    private void runAll() {
        while (!waiting.isEmpty()) {
            waiting.removeFirst().run();
        }
    }

    private void assertCounts(long matches, long differences, long errors, long dropped) {
        TrafficReport.Shadow report = rule.report();
        assertThat(List.of(report.matches(), report.differences(), report.errors(), report.dropped()))
                .containsExactly(matches, differences, errors, dropped);
    }

    @Test
    void memoryIsKeptUntilBothAreDone() throws IOException {
        ShadowRunner runner = runner();
        request(runner, answering("yes"));
        assertThat(requestsFreed).hasValue(0);
        assertThat(answersFreed).hasValue(0);
        runAll();

        assertCounts(1, 0, 0, 0);
        assertThat(held).as("kept for comparison alone").isEqualTo(1);
        assertThat(requestsFreed).hasValue(1);
        assertThat(answersFreed).hasValue(1);
        assertThat(shadowAnswersFreed).hasValue(1);
        request(runner, answering("no"));
        runAll();
        assertCounts(1, 1, 0, 0);
        assertThat(Files.readString(folder.resolve("differences")))
                .contains("\"id\":\"id-7\",\"output\":\"T\",\"index\":0,\"expected\":\"yes\",\"actual\":\"no\"}\n");
        assertThat(answersFreed).hasValue(2);
    }

    @Test
    void whatTheServerHasNoTimeForIsDropped() {
        patience = Duration.ofMillis(1);
        ShadowRunner runner = runner();
        idle = false;
        request(runner, answering("yes"));
        runAll();

        assertCounts(0, 0, 0, 1);
        assertThat(requestsFreed).hasValue(1);
        assertThat(answersFreed).hasValue(1);
    }

    @Test
    void whatHasWaitedBehindOthersForTooLongIsDropped() throws InterruptedException {
        patience = Duration.ofMillis(1);
        ShadowRunner runner = runner();
        request(runner, answering("yes"));
        Thread.sleep(2);
        runAll();

        assertCounts(0, 0, 0, 1);
        assertThat(requestsFreed).hasValue(1);
        assertThat(answersFreed).hasValue(1);
    }

    @Test
    void whatWaitsIsBoundedByItsBytes() {
        ShadowRunner runner = runner();
        assertThat(runner.reserve(1L << 40)).as("alone").isTrue();
        request(runner, answering("yes"));
        assertCounts(0, 0, 0, 1);
        assertThat(requestsFreed).hasValue(1);

        ShadowRunner other = runner();
        assertThat(other.reserve(60L << 20)).isTrue();
        assertThat(other.reserve(5L << 20)).isFalse();
        assertThat(other.reserve(4L << 20)).isTrue();
    }

    @Test
    void theBytesOfWhatHasEndedAreFree() {
        ShadowRunner runner = runner();
        request(runner, answering("yes"));
        assertThat(runner.reserve(1L << 40)).isFalse();
        runAll();

        assertThat(runner.reserve(1L << 40)).isTrue();
    }

    @Test
    void aRunnerThatIsClosedDropsWhatWaitsAndCancelsWhatRuns() {
        ShadowRunner runner = runner();
        List<InferRequest> cancelled = new ArrayList<>();
        List<ResponseSink> late = new ArrayList<>();
        request(runner, (_, request, sink) -> {
            cancelled.add(request);
            late.add(sink);
            runner.close();
            return true;
        });
        request(runner, answering("yes"));
        runAll();

        assertCounts(0, 0, 0, 2);
        assertThat(cancelled.getFirst().cancelled()).isTrue();
        assertThat(requestsFreed).as("the model may still read one").hasValue(1);
        late.getFirst().fail(InferException.internal("cancelled"));
        assertThat(requestsFreed).hasValue(2);
        assertThat(answersFreed).hasValue(2);
        request(runner, answering("yes"));
        runAll();
        assertCounts(0, 0, 0, 3);
    }

    @Test
    void anAnswerWithNothingToCompareIsNotRun() {
        ShadowRule other = new ShadowRule(
                new TrafficConfig.Shadow(new Target("2"), 100, 2, 1000, Map.of("U", new Tolerance(0, 0)), Set.of()), 2);
        ShadowRunner runner = runner();
        request(runner, answering("no"), other);

        assertThat(waiting).isEmpty();
        assertThat(other.report().dropped()).isEqualTo(1);
        assertThat(other.report().matches()).isZero();
    }

    @Test
    void beyondItsPlacesRequestsAreDropped() {
        ShadowRunner runner = runner();
        for (int i = 0; i < 5; i++) {
            request(runner, answering("yes"));
        }
        assertCounts(0, 0, 0, 3);
        runAll();
        assertCounts(2, 0, 0, 3);
        assertThat(requestsFreed).hasValue(5);
        assertThat(answersFreed).hasValue(5);
    }

    @Test
    void aShadowThatFailsOrDoesNotEndIsAnError() {
        ShadowRunner runner = runner();
        request(runner, (_, _, sink) -> {
            sink.fail(InferException.internal("no"));
            return true;
        });
        request(runner, (_, _, _) -> false);
        runAll();
        assertCounts(0, 0, 2, 0);
        Deque<ResponseSink> late = new ArrayDeque<>();
        request(runner, (_, _, sink) -> late.add(sink));
        runAll();
        assertCounts(0, 0, 3, 0);
        assertThat(requestsFreed).as("the model may still read it").hasValue(2);
        late.getFirst().respond(answer("late", shadowAnswersFreed), true);
        assertThat(requestsFreed).hasValue(3);
        assertThat(shadowAnswersFreed).hasValue(1);
    }
}
