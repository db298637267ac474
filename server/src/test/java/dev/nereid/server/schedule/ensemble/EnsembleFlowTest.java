package dev.nereid.server.schedule.ensemble;

import static dev.nereid.server.schedule.ensemble.EnsembleFixture.ONE;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.TWO_IN;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.TWO_OUT;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.input;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Which steps run, when, and what becomes of their tensors. */
class EnsembleFlowTest {
    @AutoClose
    private final EnsembleFixture fixture = new EnsembleFixture();

    /** a: X to M, b: X to N, c: M and N to Y. */
    private void diamond() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.model("c", TWO_IN);
        fixture.ensemble("X", "Y", step("c", "I=M J=N", "O=Y") + step("a", "I=X", "O=M") + step("b", "I=X", "O=N"));
    }

    @Test
    @Statement(95)
    void startsAStepAsSoonAsItsTensorsAreThere() {
        diamond();
        fixture.submit("r", input("X", 5));
        assertThat(fixture.busy()).as("independent steps run at the same time").containsExactly("a", "b");
        fixture.finish("b");
        assertThat(fixture.busy()).as("c misses a tensor").containsExactly("a");
        fixture.finish("a");
        assertThat(fixture.busy()).containsExactly("c");
        assertThat(fixture.heard).isEmpty();
        fixture.finish("c");
        assertThat(fixture.heard).containsExactly("r Y=13");
    }

    @Test
    @Statement(95)
    void answersWhenAllOutputsAreThere() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.ensemble("X", "Y Z", step("a", "I=X", "O=Y") + step("b", "I=X", "O=Z"));
        fixture.submit("r", input("X", 5));
        fixture.finish("a");
        assertThat(fixture.heard).isEmpty();
        fixture.finish("b");
        assertThat(fixture.heard).containsExactly("r Z=6 Y=6");
    }

    @Test
    void keepsRequestsApart() {
        diamond();
        fixture.submit("r", input("X", 5));
        fixture.submit("s", input("X", 50));
        fixture.finishAll();
        assertThat(fixture.heard).containsExactlyInAnyOrder("r Y=13", "s Y=103");
    }

    @Test
    @Statement(96)
    void runsOnlyTheStepsThatLeadToWhatIsAskedFor() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.model("c", ONE);
        fixture.ensemble("X", "Y Z", step("a", "I=X", "O=M") + step("b", "I=M", "O=Y") + step("c", "I=X", "O=Z"));
        fixture.submit("r", List.of("Z"), input("X", 1));
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("r Z=2");
        assertThat(fixture.model("a").arrived).isEmpty();
        assertThat(fixture.model("b").arrived).isEmpty();
        fixture.submit("s", List.of("Y"), input("X", 1));
        fixture.finishAll();
        assertThat(fixture.heard).contains("s Y=3");
        assertThat(fixture.model("c").arrived).hasSize(1);
    }

    @Test
    @Statement(96)
    void asksAStepForNothingThatNobodyNeeds() {
        fixture.model("a", TWO_OUT);
        fixture.ensemble("X", "Y Z", step("a", "I=X", "O=Y P=Z"));
        fixture.submit("r", List.of("Z"), input("X", 1));
        fixture.finishAll();
        assertThat(fixture.model("a").requests.getFirst().outputs())
                .singleElement()
                .matches(output -> output.name().equals("P"));
        assertThat(fixture.heard).containsExactly("r Z=2");
    }

    @Test
    void handsATensorOnWithoutCopyingIt() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=Y"));
        fixture.submit("r", input("X", 5));
        long[] address = new long[1];
        fixture.model("a").answering = execution -> {
            OutputTensor output = new OutputTensor("O", FakeStepModel.number(Shape.of(1, 1), 9));
            address[0] = output.tensor().segment().address();
            execution.respond(fixture.model("a").response(Map.of(), List.of(output)), true);
        };
        fixture.finish("a");
        fixture.finish("b");
        assertThat(fixture.model("b")
                        .requests
                        .getFirst()
                        .inputs()
                        .getFirst()
                        .tensor()
                        .segment()
                        .address())
                .isEqualTo(address[0]);
        assertThat(fixture.heard).containsExactly("r Y=10");
    }

    @Test
    void keepsATensorUntilItsLastReaderIsDone() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.model("c", ONE);
        fixture.ensemble("X", "M Y Z", step("a", "I=X", "O=M") + step("b", "I=M", "O=Y") + step("c", "I=M", "O=Z"));
        fixture.submit("r", input("X", 5));
        fixture.finish("a");
        fixture.finish("b");
        assertThat(fixture.model("a").openResponses).isEqualTo(1);
        fixture.finish("c");
        assertThat(fixture.heard).containsExactly("r Z=7 Y=7 M=6");
    }

    @Test
    void letsATensorGoWhenItsLastReaderIsDoneAndNotAtTheEnd() {
        fixture.model("a", ONE);
        fixture.model("b", ONE);
        fixture.model("c", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=N") + step("c", "I=N", "O=Y"));
        fixture.submit("r", input("X", 5));
        fixture.finish("a");
        assertThat(fixture.model("a").openResponses).isEqualTo(1);
        fixture.finish("b");
        assertThat(fixture.model("a").openResponses).isZero();
        fixture.finish("c");
    }

    @Test
    void keepsTheInputsOfAModelThatAnswersWithThem() {
        fixture.model("a", ONE);
        FakeStepModel same = fixture.model("b", ONE);
        same.answering = execution -> execution.respond(
                new InferResponse(
                        "b",
                        "1",
                        "",
                        Map.of(),
                        List.of(new OutputTensor("O", execution.input("I").orElseThrow())),
                        () -> {}),
                true);
        fixture.model("c", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=N") + step("c", "I=N", "O=Y"));
        fixture.submit("r", input("X", 5));
        fixture.finish("a");
        fixture.finish("b");
        assertThat(fixture.model("a").openResponses)
                .as("b's answer is a's memory")
                .isEqualTo(1);
        fixture.finish("c");
        assertThat(fixture.heard).containsExactly("r Y=7");
    }

    @Test
    void feedsOneTensorToSeveralInputsOfAStep() {
        fixture.model("a", ONE);
        fixture.model("c", TWO_IN);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("c", "I=M J=M", "O=Y"));
        fixture.submit("r", input("X", 5));
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("r Y=13");
    }

    @Test
    void usesOneModelForSeveralSteps() {
        fixture.model("a", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("a", "I=M", "O=N") + step("a", "I=N", "O=Y"));
        fixture.submit("r", input("X", 5));
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("r Y=8");
    }

    @Test
    void runsALongChainOfTinyStepsWithoutGrowingTheStack() {
        FakeStepModel tiny = fixture.model("a", ONE);
        tiny.inputMicros = 0;
        int length = 3000;
        StringBuilder steps = new StringBuilder();
        for (int i = 0; i < length; i++) {
            steps.append(step("a", "I=T" + i, "O=T" + (i + 1)));
        }
        fixture.ensemble("T0", "T" + length, steps.toString());
        fixture.submit("r", input("T0", 0));
        fixture.finishAll();
        fixture.submit("s", input("T0", 1)); // the model's time is known now: everything runs on this thread
        assertThat(fixture.heard).containsExactly("r T" + length + "=" + length, "s T" + length + "=" + (length + 1));
    }
}
