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
                Duration.ofMillis(1),
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
        new ShadowedAnswer("m", request, front, List.of(rule), version, runner)
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
        ShadowRunner runner = runner();
        idle = false;
        request(runner, answering("yes"));
        runAll();

        assertCounts(0, 0, 0, 1);
        assertThat(requestsFreed).hasValue(1);
        assertThat(answersFreed).hasValue(1);
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
