package dev.nereid.server.schedule.ensemble;

import static dev.nereid.server.schedule.ensemble.EnsembleFixture.DECOUPLED;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.ONE;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.input;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.statement.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The limit of requests in a step. */
class StepConcurrencyLimitTest {
    @AutoClose
    private final EnsembleFixture fixture = new EnsembleFixture();

    private void chain(int most) {
        fixture.model("a", 4, ONE);
        chain(most, "");
    }

    /** A chain whose first step, begun for one request, answers when the test says; the second takes one at a time. */
    private Execution decoupled() {
        List<Execution> running = new ArrayList<>();
        fixture.model("a", ONE + DECOUPLED).answering = running::add;
        chain(1, DECOUPLED);
        fixture.submit("r", input("X", 1));
        fixture.finish("a");
        return running.getFirst();
    }

    private void chain(int most, String policy) {
        fixture.model("b", 4, ONE);
        fixture.ensemble(
                "X",
                "Y",
                step("a", "I=X", "O=M") + step("b", "I=M", "O=Y") + " max_inflight_requests: " + most,
                policy);
    }

    @Test
    @Statement(103)
    void letsSoManyRequestsIntoAStepOverAllClients() {
        chain(2);
        for (String id : List.of("r", "s", "t")) {
            fixture.submit(id, input("X", 1));
        }
        assertThat(fixture.model("a").arrived).hasSize(2);
        fixture.finish("a");
        assertThat(fixture.model("a").arrived).as("one has left").hasSize(3);
        fixture.finish("a");
        fixture.finish("a");
        assertThat(fixture.model("b").arrived).as("each step has its own limit").hasSize(2);
        fixture.finishAll();
        assertThat(fixture.heard).containsExactlyInAnyOrder("r Y=3", "s Y=3", "t Y=3");
    }

    @Test
    @Statement(103)
    void setsNoLimitWithZero() {
        chain(0);
        for (String id : List.of("r", "s", "t", "u")) {
            fixture.submit(id, input("X", 1));
        }
        assertThat(fixture.model("a").arrived).hasSize(4);
        fixture.finishAll();
    }

    @Test
    @Statement(103)
    void letsThemInInTheirOrder() {
        chain(1);
        for (String id : List.of("r", "s", "t")) {
            fixture.submit(id, input("X", 1));
        }
        fixture.finishAll();
        assertThat(fixture.model("a").arrived)
                .extracting(request -> request.header().id())
                .containsExactly("r", "s", "t");
    }

    @Test
    @Statement(103)
    void doesNotBlockTheThreadThatMakesTheRequests() {
        Execution running = decoupled();
        FakeStepModel a = fixture.model("a");
        a.respond(running, 10, false, Map.of());
        a.respond(running, 20, false, Map.of());
        a.respond(running, 30, true, Map.of());
        assertThat(fixture.model("b").arrived).hasSize(1);
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("r Y=11 ...", "r Y=21 ...", "r Y=31");
    }

    @Test
    @Statement(103)
    void answersACancelledRequestThatWaits() {
        chain(1);
        fixture.submit("r", input("X", 1));
        InferRequest waiting = fixture.submit("s", input("X", 1));
        waiting.cancel();
        fixture.clock.advanceMicros(10_000);
        assertThat(fixture.heard).containsExactly("s CANCELLED in ensemble 'e', Request cancelled");
        fixture.finishAll();
        assertThat(fixture.model("a").arrived).hasSize(1);
    }

    @Test
    @Statement(103)
    void passesACancelledRequestOverWhenItsTurnComes() {
        chain(1);
        fixture.submit("r", input("X", 1));
        InferRequest waiting = fixture.submit("s", input("X", 1));
        fixture.submit("t", input("X", 1));
        waiting.cancel();
        fixture.finish("a");
        assertThat(fixture.heard).containsExactly("s CANCELLED in ensemble 'e', Request cancelled");
        assertThat(fixture.model("a").arrived)
                .extracting(request -> request.header().id())
                .containsExactly("r", "t");
        fixture.finishAll();
    }

    @Test
    void takesWaitingStepsAwayWhenTheirRequestFails() {
        Execution running = decoupled();
        FakeStepModel a = fixture.model("a");
        a.respond(running, 10, false, Map.of());
        a.respond(running, 20, false, Map.of());
        a.respond(running, 30, false, Map.of());
        assertThat(a.openResponses).isEqualTo(3);
        running.fail(InferException.internal("broken"));
        assertThat(a.openResponses).as("only what b reads").isEqualTo(1);
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("r INTERNAL in ensemble 'e', broken");
        assertThat(fixture.model("b").arrived).hasSize(1);
    }
}
