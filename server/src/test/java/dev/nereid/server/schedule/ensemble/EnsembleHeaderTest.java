package dev.nereid.server.schedule.ensemble;

import static dev.nereid.server.schedule.ensemble.EnsembleFixture.ONE;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.inSequence;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.input;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.statement.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What a step's request says beside its tensors. */
class EnsembleHeaderTest {
    @AutoClose
    private final EnsembleFixture fixture = new EnsembleFixture();

    private void chain() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.model("c", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=N") + step("c", "I=N", "O=Y"));
    }

    private InferRequest.Header headerOf(String model) {
        return fixture.model(model).requests.getLast().header();
    }

    @Test
    @Statement({6, 97})
    void handsEverythingOnToEveryStep() {
        chain();
        Map<String, Parameter> custom = Map.of("temperature", new Parameter.Real(0.5));
        InferRequest.Header header =
                new InferRequest.Header("e", "", "r", new CorrelationId.Textual("chat"), true, false, 99, 4321, custom);
        fixture.submit(header, List.of(), input("X", 1));
        fixture.finishAll();
        for (String model : List.of("a", "b", "c")) {
            assertThat(headerOf(model))
                    .isEqualTo(new InferRequest.Header(
                            model, "", "r", new CorrelationId.Textual("chat"), true, false, 99, 4321, custom));
        }
    }

    @Test
    @Statement(97)
    void letsAResponseMoveTheNextStepsToAnotherSequence() {
        chain();
        FakeStepModel b = fixture.model("b");
        b.answering = execution -> b.respond(
                execution,
                FakeStepModel.sum(execution) + 1,
                true,
                Map.of(
                        "sequence_id", new Parameter.Int(7),
                        "sequence_end", new Parameter.Bool(true)));
        fixture.submit(inSequence("r", 3, true, false), List.of(), input("X", 1));
        fixture.finishAll();
        assertThat(headerOf("b").correlationId()).isEqualTo(new CorrelationId.Numeric(3));
        assertThat(headerOf("b").sequenceStart()).isTrue();
        assertThat(headerOf("c").correlationId()).isEqualTo(new CorrelationId.Numeric(7));
        assertThat(headerOf("c").sequenceStart())
                .as("a response that says anything says all flags")
                .isFalse();
        assertThat(headerOf("c").sequenceEnd()).isTrue();
        assertThat(fixture.parameters.getFirst())
                .containsEntry("sequence_id", new Parameter.Int(7))
                .containsEntry("sequence_end", new Parameter.Bool(true));
    }

    @Test
    @Statement(97)
    void takesATextForASequence() {
        chain();
        FakeStepModel a = fixture.model("a");
        a.answering = execution -> a.respond(execution, 1, true, Map.of("sequence_id", new Parameter.Text("chat")));
        fixture.submit(inSequence("r", 3, true, true), List.of(), input("X", 1));
        fixture.finishAll();
        assertThat(headerOf("b").correlationId()).isEqualTo(new CorrelationId.Textual("chat"));
        assertThat(headerOf("c").correlationId()).isEqualTo(new CorrelationId.Textual("chat"));
        assertThat(headerOf("c").sequenceEnd()).isFalse();
    }

    @Test
    @Statement(97)
    void leavesTheSequenceOfOtherBranchesAlone() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.model("c", ONE);
        fixture.ensemble("X", "Y Z", step("a", "I=X", "O=M") + step("b", "I=M", "O=Y") + step("c", "I=X", "O=Z"));
        FakeStepModel a = fixture.model("a");
        a.answering = execution -> a.respond(execution, 1, true, Map.of("sequence_id", new Parameter.Int(7)));
        fixture.submit(inSequence("r", 3, true, false), List.of(), input("X", 1));
        fixture.finishAll();
        assertThat(headerOf("b").correlationId()).isEqualTo(new CorrelationId.Numeric(7));
        assertThat(headerOf("c").correlationId()).isEqualTo(new CorrelationId.Numeric(3));
    }

    @Test
    void namesTheSequenceInItsAnswer() {
        chain();
        fixture.submit("r", input("X", 1));
        fixture.finishAll();
        assertThat(fixture.parameters.getFirst())
                .containsExactly(
                        Map.entry("sequence_id", new Parameter.Int(0)),
                        Map.entry("sequence_start", new Parameter.Bool(false)),
                        Map.entry("sequence_end", new Parameter.Bool(false)));
    }

    @Test
    void asksForTheVersionThatTheStepNames() {
        fixture.model("a", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=Y").replace("-1", "4"));
        fixture.submit("r", input("X", 1));
        fixture.finishAll();
        assertThat(headerOf("a").modelVersion()).isEqualTo("4");
    }
}
