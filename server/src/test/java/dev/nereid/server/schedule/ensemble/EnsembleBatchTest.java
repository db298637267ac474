package dev.nereid.server.schedule.ensemble;

import static dev.nereid.server.schedule.ensemble.EnsembleFixture.ONE;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.input;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tensors between models with a batch dim and models without, optional inputs and reshapes. */
class EnsembleBatchTest {
    private static final String UNBATCHED =
            "input { name: 'I' data_type: TYPE_INT32 dims: 1 } output { name: 'O' data_type: TYPE_INT32 dims: 1 } ";

    @AutoClose
    private final EnsembleFixture fixture = new EnsembleFixture();

    private Shape given(String model) {
        return fixture.model(model)
                .requests
                .getLast()
                .inputs()
                .getFirst()
                .tensor()
                .shape();
    }

    @Test
    @Statement(98)
    void takesABatchOfOneApartForAModelWithoutBatchesAndBack() {
        fixture.model("a", ONE);
        fixture.model("b", UNBATCHED);
        fixture.model("c", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=N") + step("c", "I=N", "O=Y"));
        fixture.submit("r", input("X", 1));
        fixture.finishAll();
        assertThat(given("a")).isEqualTo(Shape.of(1, 1));
        assertThat(given("b")).isEqualTo(Shape.of(1));
        assertThat(given("c")).isEqualTo(Shape.of(1, 1));
        assertThat(fixture.heard).containsExactly("r Y=4");
        assertThat(fixture.shapes).containsExactly(Shape.of(1, 1));
    }

    @Test
    @Statement(98)
    void givesTheAnswerOfAModelWithoutBatchesABatchOfOne() {
        fixture.model("a", UNBATCHED);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=Y"));
        fixture.submit("r", input("X", 1));
        fixture.finishAll();
        assertThat(given("a")).isEqualTo(Shape.of(1));
        assertThat(fixture.shapes).containsExactly(Shape.of(1, 1));
    }

    @Test
    @Statement(98)
    void handsABatchOnAsItIsWhereItFits() {
        fixture.model("a", ONE);
        fixture.model("b", UNBATCHED.replace("dims: 1", "dims: [ -1, 1 ]")).answering = execution -> execution.respond(
                fixture.model("b")
                        .response(
                                Map.of(),
                                List.of(new OutputTensor(
                                        "O", execution.input("I").orElseThrow()))),
                true);
        fixture.ensemble("X", "Y", step("b", "I=X", "O=Y"));
        fixture.submit("r", input("X", 1, 3, 1));
        fixture.finishAll();
        assertThat(given("b")).isEqualTo(Shape.of(3, 1));
        assertThat(fixture.shapes).containsExactly(Shape.of(3, 1));
    }

    @Test
    @Statement(98)
    void leavesALargerBatchForTheModelToRefuse() {
        fixture.model("b", UNBATCHED);
        fixture.ensemble("X", "Y", step("b", "I=X", "O=Y"));
        fixture.submit("r", input("X", 1, 2, 1));
        fixture.finishAll();
        assertThat(given("b")).isEqualTo(Shape.of(2, 1));
    }

    @Test
    void leavesOutAnOptionalInputThatTheClientLeavesOut() {
        fixture.model("a", ONE + "input { name: 'J' data_type: TYPE_INT32 dims: 1 optional: true } ");
        fixture.ensemble(
                "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 1 } "
                        + "input { name: 'W' data_type: TYPE_INT32 dims: 1 optional: true } "
                        + "output { name: 'Y' data_type: TYPE_INT32 dims: 1 } ensemble_scheduling { "
                        + step("a", "I=X J=W", "O=Y") + "}",
                false);
        fixture.submit("r", input("X", 1));
        fixture.submit("s", input("X", 1), input("W", 10));
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("r Y=2", "s Y=12");
        assertThat(fixture.model("a").requests.getFirst().inputs())
                .extracting(InputTensor::name)
                .containsExactly("I");
    }

    @Test
    void showsStepsTheReshapedInputAndTheClientTheReshapedOutput() {
        fixture.model("a", ONE);
        fixture.ensemble(
                "max_batch_size: 8 "
                        + "input { name: 'X' data_type: TYPE_INT32 dims: [ 1, 1 ] reshape { shape: 1 } } "
                        + "output { name: 'Y' data_type: TYPE_INT32 dims: [ 1, 1, 1 ] reshape { shape: 1 } } "
                        + "ensemble_scheduling { " + step("a", "I=X", "O=Y") + "}",
                false);
        fixture.submit("r", input("X", 1, 1, 1, 1));
        fixture.finishAll();
        assertThat(given("a")).isEqualTo(Shape.of(1, 1));
        assertThat(fixture.shapes).containsExactly(Shape.of(1, 1, 1, 1));
    }
}
