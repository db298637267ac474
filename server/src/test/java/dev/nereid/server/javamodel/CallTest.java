package dev.nereid.server.javamodel;

import static dev.nereid.server.javamodel.CallFixture.answer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.model.Answer;
import dev.nereid.server.model.Answers;
import dev.nereid.server.model.Call;
import dev.nereid.server.model.ModelRequest;
import dev.nereid.server.model.ModelResponse;
import dev.nereid.server.model.PendingAnswer;
import dev.nereid.server.model.Tensors;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.schedule.ensemble.FakeStepModel;
import dev.nereid.server.statement.Statement;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Calls of other models as the schedulers of both see them. */
class CallTest {
    /** What a blocking call is used for: one more than another model says. */
    private static void callAndAddOne(ModelRequest request, Call call) {
        try (Answer answer = request.client().infer(call.input("IN", request.input("IN")))) {
            answer(request, Tensors.ints(answer.output("OUT"))[0] + 1);
        }
    }

    @Test
    @Statement(162)
    void callIsAnOrdinaryRequestToTheOtherModelWhileTheCallingInstanceStaysTaken() throws InterruptedException {
        CallFixture fixture = new CallFixture(
                requests -> callAndAddOne(
                        requests.getFirst(),
                        new Call("callee")
                                .outputs("OUT")
                                .id("inner")
                                .sequence(new CorrelationId.Numeric(7), true, false)
                                .priority(2)
                                .timeout(Duration.ofMillis(3))
                                .parameter("key", new Parameter.Text("value"))),
                1,
                "");
        FakeStepModel callee = fixture.callee("callee", "");
        CallFixture.Asked first = fixture.ask("first", 10);
        CallFixture.Asked second = fixture.ask("second", 20);

        InferRequest call = fixture.awaitCall();
        assertThat(call.header())
                .isEqualTo(new InferRequest.Header(
                        "callee",
                        "",
                        "inner",
                        new CorrelationId.Numeric(7),
                        true,
                        false,
                        2,
                        3000,
                        Map.of("key", new Parameter.Text("value"))));
        assertThat(call.outputs()).extracting(output -> output.name()).containsExactly("OUT");
        fixture.awaitAlarm();
        fixture.clock.advanceMicros(1000);
        assertThat(fixture.calls)
                .as("the second request waits for the instance that calls")
                .isEmpty();
        assertThat(first.isAnswered()).isFalse();

        callee.finish();
        assertThat(first.answer()).isEqualTo("OUT=12");
        fixture.awaitCall();
        callee.finish();
        assertThat(second.answer()).isEqualTo("OUT=22");
        assertThat(callee.statistics.snapshot().success().count()).isEqualTo(2);
        assertThat(callee.statistics.snapshot().executionCount()).isEqualTo(2);
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    @Statement(162)
    void callsSideBySideAreQueuedAndBatchedByTheOtherModel() throws InterruptedException {
        CallFixture fixture = new CallFixture(
                requests -> {
                    List<PendingAnswer> pending = new ArrayList<>();
                    for (int i = 0; i < 3; i++) {
                        pending.add(requests.getFirst()
                                .client()
                                .inferAsync(new Call("callee")
                                        .outputs("OUT")
                                        .input("IN", requests.getFirst().input("IN"))));
                    }
                    int sum = 0;
                    for (PendingAnswer each : pending) {
                        sum += Tensors.ints(each.join().output("OUT"))[0];
                    }
                    answer(requests.getFirst(), sum);
                },
                1,
                "");
        FakeStepModel callee = fixture.callee("callee", "dynamic_batching {}");
        CallFixture.Asked asked = fixture.ask("a", 10);
        for (int i = 0; i < 3; i++) {
            fixture.awaitCall();
        }
        callee.finish();
        callee.finish();

        assertThat(asked.answer()).isEqualTo("OUT=33");
        assertThat(callee.statistics.snapshot().inferenceCount()).isEqualTo(3);
        assertThat(callee.statistics.snapshot().executionCount()).isEqualTo(2);
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    @Statement(162)
    void responsesOfADecoupledModelAreIterated() throws InterruptedException {
        CallFixture fixture = new CallFixture(
                requests -> {
                    int sum = 0;
                    int failed = 0;
                    try (Answers answers = requests.getFirst().client().stream(new Call("callee")
                            .outputs("OUT")
                            .input("IN", requests.getFirst().input("IN")))) {
                        while (answers.hasNext()) {
                            try (Answer answer = answers.next()) {
                                sum += Tensors.ints(answer.output("OUT"))[0];
                            } catch (InferException e) {
                                failed++;
                            }
                        }
                    }
                    answer(requests.getFirst(), sum * 10 + failed);
                },
                1,
                "");
        FakeStepModel callee = fixture.callee("callee", "model_transaction_policy { decoupled: true }");
        callee.answering = execution -> {
            callee.respond(execution, 1, false, Map.of());
            execution.failOne(InferException.internal("one of them"));
            callee.respond(execution, 2, false, Map.of());
            execution.end();
        };
        CallFixture.Asked asked = fixture.ask("a", 10);
        fixture.awaitCall();
        callee.finish();

        assertThat(asked.answer()).isEqualTo("OUT=31");
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    void decoupledModelIsRefusedToACallThatTakesOneAnswer() {
        CallFixture fixture = new CallFixture(
                requests -> callAndAddOne(requests.getFirst(), new Call("callee").outputs("OUT")), 1, "");
        fixture.callee("callee", "model_transaction_policy { decoupled: true }");

        assertThat(fixture.ask("a", 1).answer())
                .isEqualTo(
                        "INVALID_ARG model 'callee' is decoupled: it answers with any number of responses, which a call "
                                + "by 'stream' takes");
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    void errorOfTheOtherModelComesWithItsCode() throws InterruptedException {
        CallFixture fixture = new CallFixture(
                requests -> {
                    try {
                        requests.getFirst()
                                .client()
                                .infer(new Call("callee")
                                        .outputs("OUT")
                                        .input("IN", requests.getFirst().input("IN")));
                    } catch (InferException e) {
                        requests.getFirst().fail(new InferException(e.code(), "inside: " + e.text()));
                    }
                },
                1,
                "");
        FakeStepModel callee = fixture.callee("callee", "");
        callee.answering = execution -> execution.fail(InferException.unsupported("not that"));
        CallFixture.Asked asked = fixture.ask("a", 1);
        fixture.awaitCall();
        callee.finish();

        assertThat(asked.answer()).isEqualTo("UNSUPPORTED inside: not that");
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    void modelThatIsNotThereFailsTheCall() {
        CallFixture fixture = new CallFixture(requests -> callAndAddOne(requests.getFirst(), new Call("none")), 1, "");

        assertThat(fixture.ask("a", 1).answer()).isEqualTo("NOT_FOUND Request for unknown model: 'none' is not found");
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    @Statement(162)
    void modelThatWaitsForItselfIsFreedByTheTimeoutOfItsCall() throws InterruptedException {
        CallFixture fixture = new CallFixture(
                requests -> callAndAddOne(
                        requests.getFirst(), new Call("caller").outputs("OUT").timeout(Duration.ofMillis(1))),
                1,
                "");
        CallFixture.Asked asked = fixture.ask("a", 1);
        fixture.awaitCall();
        fixture.awaitAlarm();
        fixture.clock.advanceMicros(999);
        assertThat(asked.isAnswered()).isFalse();
        fixture.clock.advanceMicros(1);

        assertThat(asked.answer())
                .isEqualTo("UNAVAILABLE model 'caller' was called and has not answered within 1000 microseconds");
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    void cancelledRequestCancelsItsCalls() throws InterruptedException {
        CallFixture fixture = new CallFixture(
                requests -> callAndAddOne(requests.getFirst(), new Call("callee").outputs("OUT")), 1, "");
        FakeStepModel callee = fixture.callee("callee", "");
        CallFixture.Asked asked = fixture.ask("a", 1);
        InferRequest call = fixture.awaitCall();
        fixture.awaitAlarm();
        asked.request.cancel();
        assertThat(call.cancelled()).isTrue();
        fixture.clock.advanceMicros(5000);

        assertThat(asked.answer()).isEqualTo("CANCELLED Request cancelled");
        callee.finish();
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    @SuppressWarnings("FutureReturnValueIgnored") // that nobody looks at the answer is the point
    void callThatNobodyWaitsForEndsWithItsRequest() throws InterruptedException {
        CallFixture fixture = new CallFixture(
                requests -> {
                    requests.getFirst()
                            .client()
                            .inferAsync(new Call("callee")
                                    .outputs("OUT")
                                    .input("IN", requests.getFirst().input("IN")));
                    answer(requests.getFirst(), 5);
                },
                1,
                "");
        FakeStepModel callee = fixture.callee("callee", "");
        CallFixture.Asked asked = fixture.ask("a", 1);
        assertThat(asked.answer()).isEqualTo("OUT=5");
        assertThat(fixture.awaitCall().cancelled()).isTrue();
        callee.finish();

        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    void requestThatIsLeftWithoutAnAnswerFails() {
        CallFixture fixture = new CallFixture(requests -> {}, 1, "");

        assertThat(fixture.ask("a", 1).answer()).isEqualTo("INTERNAL instance 'caller_0_0' returned without an answer");
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    void whatTheCodeThrowsFailsWhatIsNotAnswered() throws InterruptedException {
        CallFixture fixture = new CallFixture(
                requests -> {
                    if (requests.size() == 1) {
                        callAndAddOne(requests.getFirst(), new Call("callee").outputs("OUT"));
                        return;
                    }
                    answer(requests.getFirst(), 1);
                    throw new IOException("broken");
                },
                1,
                "dynamic_batching {}");
        FakeStepModel callee = fixture.callee("callee", "");
        CallFixture.Asked alone = fixture.ask("alone", 1);
        fixture.awaitCall();
        CallFixture.Asked first = fixture.ask("first", 1);
        CallFixture.Asked second = fixture.ask("second", 1);
        callee.finish();

        assertThat(alone.answer()).isEqualTo("OUT=3");
        assertThat(first.answer()).isEqualTo("OUT=1");
        assertThat(second.answer())
                .isEqualTo("INTERNAL instance 'caller_0_0' failed to execute: java.io.IOException: broken");
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    void outputsThatTheConfigDoesNotHaveAreRefused() {
        CallFixture fixture = new CallFixture(
                requests -> requests.getFirst()
                        .respond(new ModelResponse()
                                .output("OTHER", requests.getFirst().input("IN"))),
                1,
                "");

        assertThat(fixture.ask("a", 1).answer())
                .isEqualTo("INTERNAL model 'caller' answered output 'OTHER', expected one of its config's: [OUT]");
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    void decoupledModelAnswersAnyNumberOfTimesFromAThreadOfItsOwn() throws InterruptedException {
        CallFixture fixture = new CallFixture(
                requests -> {
                    for (ModelRequest request : requests) {
                        Thread.ofPlatform().start(() -> {
                            try (Answer answer = request.client()
                                    .infer(new Call("callee").outputs("OUT").input("IN", request.input("IN")))) {
                                request.send(new ModelResponse().output("OUT", answer.output("OUT")));
                            }
                            request.sendError(InferException.internal("this one"));
                            request.end();
                        });
                    }
                },
                1,
                "model_transaction_policy { decoupled: true }");
        FakeStepModel callee = fixture.callee("callee", "");
        CallFixture.Asked asked = fixture.ask("a", 4);
        fixture.awaitCall();
        callee.finish();

        assertThat(asked.answer()).isEqualTo("OUT=5, one INTERNAL this one, end");
        assertThat(fixture.leftOver()).isEmpty();
    }

    @Test
    void callIsAStepOfTheTraceOfItsRequest() throws InterruptedException {
        CallFixture fixture = new CallFixture(
                requests -> callAndAddOne(
                        requests.getFirst(), new Call("callee").outputs("OUT").id("inner")),
                1,
                "");
        FakeStepModel callee = fixture.callee("callee", "");
        NotedTrace trace = new NotedTrace();
        CallFixture.Asked asked = fixture.ask(InferRequest.Header.of("caller", "", "outer"), 1, trace);
        InferRequest call = fixture.awaitCall();
        assertThat(call.trace()).hasValueSatisfying(step -> assertThat(step).isNotSameAs(trace));
        callee.finish();

        assertThat(asked.answer()).isEqualTo("OUT=3");
        assertThat(trace.steps).containsExactly("callee inner");
    }

    @Test
    void requestTellsHowMuchOfItsTimeoutIsLeft() {
        CallFixture fixture = new CallFixture(
                requests -> answer(requests.getFirst(), (int)
                        requests.getFirst().timeLeft().orElseThrow().toMillis()),
                1,
                "");
        InferRequest.Header header =
                new InferRequest.Header("caller", "", "a", CorrelationId.NONE, false, false, 0, 5_000, Map.of());

        assertThat(fixture.ask(header, 1).answer()).isEqualTo("OUT=5");
        assertThat(fixture.leftOver()).isEmpty();
    }
}
