package dev.nereid.server.schedule.ensemble;

import static dev.nereid.server.schedule.ensemble.EnsembleFixture.ONE;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.TWO_IN;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.TWO_OUT;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.input;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Steps that fail, give too little, or are cancelled: one last answer, and nothing stays behind. */
class EnsembleErrorTest {
    @AutoClose
    private final EnsembleFixture fixture = new EnsembleFixture();

    private void fails(String model, String text) {
        fixture.model(model).answering = execution -> execution.fail(InferException.internal(text));
    }

    @Test
    @Statement(100)
    void awaitsWhatRunsAndStartsNothingMoreWhenAStepFails() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.model("c", ONE);
        fixture.ensemble("X", "Y Z", step("a", "I=X", "O=Y") + step("b", "I=X", "O=N") + step("c", "I=N", "O=Z"));
        fails("a", "broken");
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        assertThat(fixture.heard).as("b still runs").isEmpty();
        fixture.finish("b");
        assertThat(fixture.heard).containsExactly("r INTERNAL in ensemble 'e', broken");
        assertThat(fixture.model("c").arrived).isEmpty();
        assertThat(fixture.statistics().snapshot().failures())
                .containsEntry(FailureReason.OTHER, 1L)
                .containsEntry(FailureReason.BACKEND, 0L);
        assertThat(fixture.model("a").statistics.snapshot().failures()).containsEntry(FailureReason.BACKEND, 1L);
        assertThat(fixture.statistics().snapshot().success().count()).isZero();
    }

    @Test
    @Statement(100)
    void answersWithTheFirstOfSeveralErrors() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.ensemble("X", "Y Z", step("a", "I=X", "O=Y") + step("b", "I=X", "O=Z"));
        fails("a", "first");
        fails("b", "second");
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        fixture.finish("b");
        assertThat(fixture.heard).containsExactly("r INTERNAL in ensemble 'e', first");
    }

    @Test
    @Statement(100)
    void givesTheAnswersOfOtherStepsBackWhenOneFails() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.ensemble("X", "Y Z", step("a", "I=X", "O=Y") + step("b", "I=X", "O=Z"));
        fails("b", "broken");
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        assertThat(fixture.model("a").openResponses).isEqualTo(1);
        fixture.finish("b");
        assertThat(fixture.model("a").openResponses).isZero();
    }

    @Test
    void failsWhenAModelIsNotThere() {
        fixture.model("a", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("gone", "I=M", "O=Y"));
        fixture.submit("r", input("X", 1));
        assertThat(fixture.heard)
                .containsExactly("r NOT_FOUND in ensemble 'e', Request for unknown model: 'gone' is not found");
        assertThat(fixture.model("a").arrived).isEmpty();
    }

    @Test
    void failsWhenAModelThrowsWhatItShouldNot() {
        fixture.model("a", ONE).answering = _ -> {
            throw new IllegalArgumentException("a bug");
        };
        fixture.ensemble("X", "Y", step("a", "I=X", "O=Y"));
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        assertThat(fixture.heard)
                .containsExactly("r INTERNAL in ensemble 'e', model 'a' failed to execute: "
                        + "java.lang.IllegalArgumentException: a bug");
    }

    @Test
    void answersAlthoughAModelCannotTakeItsMemoryBack() {
        FakeStepModel a = fixture.model("a", TWO_OUT);
        a.answering = execution -> execution.respond(
                new InferResponse(
                        "a",
                        "1",
                        "",
                        Map.of(),
                        List.of(
                                new OutputTensor("O", FakeStepModel.number(Shape.of(1, 1), 3)),
                                new OutputTensor("P", FakeStepModel.number(Shape.of(1, 1), 4))),
                        () -> {
                            throw new IllegalStateException("a bug");
                        }),
                true);
        fixture.model("b", TWO_IN);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M P=N") + step("b", "I=M J=N", "O=Y"));
        fixture.submit("r", input("X", 1));
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("r Y=8");
    }

    @Test
    @Statement(97)
    void failsWhenAResponseNamesItsSequenceWrongly() {
        FakeStepModel a = fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=Y"));
        a.answering = execution -> a.respond(execution, 1, true, Map.of("sequence_start", new Parameter.Text("yes")));
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        assertThat(fixture.heard)
                .containsExactly("r INVALID_ARG in ensemble 'e', expect parameter 'sequence_start' to be "
                        + "TRITONSERVER_PARAMETER_BOOL");
    }

    @Test
    @Statement(99)
    void leavesOutAnOutputThatNoStepGave() {
        FakeStepModel a = fixture.model("a", TWO_OUT);
        a.answering = execution -> execution.respond(
                a.response(Map.of(), List.of(new OutputTensor("P", FakeStepModel.number(Shape.of(1, 1), 3)))), true);
        fixture.ensemble("X", "Y Z", step("a", "I=X", "O=Y P=Z"));
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        assertThat(fixture.heard).containsExactly("r Z=3");
    }

    @Test
    @Statement(99)
    void startsAStepWithoutATensorThatWasNotGiven() {
        FakeStepModel a = fixture.model("a", TWO_OUT);
        a.answering = execution -> execution.respond(
                a.response(Map.of(), List.of(new OutputTensor("P", FakeStepModel.number(Shape.of(1, 1), 3)))), true);
        fixture.model("c", TWO_IN);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M P=N") + step("c", "I=M J=N", "O=Y"));
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        fixture.finish("c");
        assertThat(fixture.model("c").requests.getFirst().inputs())
                .singleElement()
                .matches(given -> given.name().equals("J"));
        assertThat(fixture.heard).containsExactly("r Y=4");
    }

    @Test
    @Statement(99)
    void saysSoWhenItEndsWithoutAnAnswer() {
        fixture.model("a", ONE + EnsembleFixture.DECOUPLED).answering = execution -> execution.end();
        fixture.ensemble("X", "Y", step("a", "I=X", "O=Y"));
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        assertThat(fixture.heard)
                .containsExactly(
                        "r INVALID_ARG in ensemble 'e', [request id: r] unexpected deadlock, at least one output "
                                + "is not set while no more ensemble steps can be made");
        assertThat(fixture.statistics().snapshot().failures()).containsEntry(FailureReason.OTHER, 1L);
    }

    @Test
    @Statement(101)
    void cancelsTheStepsThatHaveNotStarted() {
        fixture.model("a", ONE);
        fixture.model("b", ONE + "dynamic_batching {}");
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=Y"));
        InferRequest request = fixture.submit("r", input("X", 1));
        request.cancel();
        fixture.finish("a");
        assertThat(fixture.model("b").arrived).singleElement().matches(InferRequest::cancelled);
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("r CANCELLED in ensemble 'e', Request cancelled");
        assertThat(fixture.model("b").requests).isEmpty();
        assertThat(fixture.model("b").statistics.snapshot().failures()).containsEntry(FailureReason.CANCELED, 1L);
    }

    @Test
    @Statement(101)
    void cancelsAStepThatWaitsInItsModelsQueue() {
        FakeStepModel a = fixture.model("a", ONE + "dynamic_batching {}");
        fixture.ensemble("X", "Y", step("a", "I=X", "O=Y"));
        fixture.submit("first", input("X", 1));
        InferRequest request = fixture.submit("r", input("X", 1));
        request.cancel();
        fixture.finishAll();
        assertThat(fixture.heard)
                .containsExactlyInAnyOrder("first Y=2", "r CANCELLED in ensemble 'e', Request cancelled");
        assertThat(a.requests).hasSize(1);
    }

    @Test
    @Statement(7)
    void refusesNewRequestsWhileTheServerStopsAndFinishesTheOthers() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=Y"));
        fixture.submit("r", input("X", 1));
        fixture.scheduler().refuse();
        fixture.submit("s", input("X", 1));
        fixture.finishAll();
        assertThat(fixture.heard)
                .containsExactly(
                        "s UNAVAILABLE [request id: s] Server is stopping, scheduler for model has stopped accepting new "
                                + "inference requests",
                        "r Y=3");
        assertThat(fixture.statistics().snapshot().failures()).containsEntry(FailureReason.REJECTED, 1L);
        assertThat(fixture.statistics().snapshot().scheduling().drops()).containsEntry(DropReason.STOPPING, 1L);
        fixture.scheduler().close();
    }
}
