package dev.nereid.server.schedule.ensemble;

import static dev.nereid.server.schedule.ensemble.EnsembleFixture.DECOUPLED;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.ONE;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.TWO_IN;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.TWO_OUT;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.input;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.statement.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Steps with any number of responses: each is an iteration of its own. */
class DecoupledStepTest {
    @AutoClose
    private final EnsembleFixture fixture = new EnsembleFixture();

    private final List<Execution> running = new ArrayList<>();

    /** A decoupled model whose executions the test answers. */
    private FakeStepModel decoupled(String name, String config) {
        FakeStepModel model = fixture.model(name, config + DECOUPLED);
        model.answering = running::add;
        return model;
    }

    private FakeStepModel stream() {
        FakeStepModel a = decoupled("a", ONE);
        fixture.model("b", ONE);
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=Y"), DECOUPLED);
        return a;
    }

    @Test
    @Statement(102)
    void runsTheStepsBehindForEachResponse() {
        FakeStepModel a = stream();
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        Execution execution = running.getFirst();
        a.respond(execution, 10, false, Map.of());
        a.respond(execution, 20, false, Map.of());
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("r Y=11 ...", "r Y=21 ...");
        a.respond(execution, 30, false, Map.of());
        execution.end();
        assertThat(fixture.heard).as("the last iteration still runs").hasSize(2);
        fixture.finishAll();
        assertThat(fixture.heard).endsWith("r Y=31");
    }

    @Test
    @Statement(102)
    void endsWithoutAResponseWhereTheStepsGiveNoMore() {
        FakeStepModel a = stream();
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        a.respond(running.getFirst(), 10, false, Map.of());
        fixture.finishAll();
        running.getFirst().end();
        assertThat(fixture.heard).containsExactly("r Y=11 ...", "r end");
        assertThat(fixture.statistics().snapshot().success().count()).isEqualTo(1);
    }

    @Test
    @Statement(102)
    void endsAtOnceWhereThereIsNoResponse() {
        stream();
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        running.getFirst().end();
        assertThat(fixture.heard).containsExactly("r end");
        assertThat(fixture.model("b").arrived).isEmpty();
    }

    @Test
    @Statement(102)
    void joinsOnlyTensorsOfOneIterationInWhateverOrderTheyCome() {
        FakeStepModel a = decoupled("a", TWO_OUT);
        FakeStepModel b = fixture.model("b", 2, ONE);
        fixture.model("c", TWO_IN);
        fixture.ensemble(
                "X",
                "Y",
                step("a", "I=X", "O=M P=N") + step("b", "I=M", "O=Q") + step("c", "I=Q J=N", "O=Y"),
                DECOUPLED);
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        a.respond(running.getFirst(), 100, false, Map.of());
        a.respond(running.getFirst(), 200, true, Map.of());
        b.finish(1);
        fixture.finish("c");
        assertThat(fixture.heard).containsExactly("r Y=402 ...");
        b.finish(0);
        fixture.finish("c");
        assertThat(fixture.heard).endsWith("r Y=202");
    }

    @Test
    @Statement(102)
    void runsADecoupledStepForEachResponseOfAnother() {
        FakeStepModel a = decoupled("a", ONE);
        FakeStepModel b = fixture.model("b", ONE + DECOUPLED);
        b.answering = execution -> {
            int value = FakeStepModel.sum(execution);
            b.respond(execution, value + 1, false, Map.of());
            b.respond(execution, value + 2, true, Map.of());
        };
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=Y"), DECOUPLED);
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        a.respond(running.getFirst(), 10, false, Map.of());
        fixture.finish("b");
        a.respond(running.getFirst(), 20, true, Map.of());
        fixture.finish("b");
        assertThat(fixture.heard).containsExactly("r Y=11 ...", "r Y=12 ...", "r Y=21 ...", "r Y=22");
    }

    @Test
    void failsAfterResponsesWithTheErrorAsItsLastAnswer() {
        FakeStepModel a = stream();
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        a.respond(running.getFirst(), 10, false, Map.of());
        a.respond(running.getFirst(), 20, false, Map.of());
        fixture.finish("b");
        running.getFirst().fail(InferException.internal("broken"));
        assertThat(fixture.heard).containsExactly("r Y=11 ...");
        fixture.finish("b");
        assertThat(fixture.heard).containsExactly("r Y=11 ...", "r INTERNAL in ensemble 'e', broken");
    }

    @Test
    void ignoresAFurtherResponseOfAModelThatIsNotDecoupled() {
        FakeStepModel a = fixture.model("a", ONE);
        a.answering = execution -> {
            a.respond(execution, 1, false, Map.of());
            a.respond(execution, 2, true, Map.of());
        };
        fixture.ensemble("X", "Y", step("a", "I=X", "O=Y"));
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        assertThat(fixture.heard).containsExactly("r Y=1");
    }
}
