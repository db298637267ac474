package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.statement.Statement;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One request that is a whole sequence of steps. */
class IterativeSequenceTest {
    private final Map<String, Integer> steps = new HashMap<>();
    private final List<Integer> starts = new ArrayList<>();

    /** Requests run as many steps as the last letter of their id says. */
    private SequenceFixture fixture(String strategy) {
        SequenceFixture fixture =
                new SequenceFixture(1, 2, "iterative_sequence: true " + SequenceFixture.FLAGS + strategy);
        fixture.behaviour = this::step;
        return fixture;
    }

    private void step(Execution execution) {
        String id = execution.request().header().id();
        if (id.isEmpty()) {
            return;
        }
        starts.add(execution.input("START").orElseThrow().segment().get(ValueLayout.JAVA_INT, 0));
        if (steps.merge(id, 1, Integer::sum) < id.charAt(id.length() - 1) - '0') {
            execution.respond(new InferResponse("m", "1", id, Map.of(), List.of(), () -> {}), false);
            execution.reschedule();
        } else {
            SequenceFixture.answer(execution);
        }
    }

    @Test
    @Statement(89)
    void runsARequestWithoutAnIdStepByStepBesideOthers() {
        SequenceFixture fixture = fixture("oldest { max_candidate_sequences: 2 }");
        fixture.request("a3").submit();
        fixture.request("b1").submit();
        fixture.request("c2").submit();
        fixture.finishAll();
        // c2 takes the slot of b1 as soon as that is answered.
        assertThat(fixture.runs).containsExactly("0: a3", "0: b1 a3", "0: c2 a3", "0: c2");
        assertThat(fixture.answers.values()).hasSize(3).containsOnly("ok");
        assertThat(starts).containsExactly(1, 1, 0, 1, 0, 0);
        assertThat(fixture.statistics.snapshot().success().count()).isEqualTo(3);
        assertThat(fixture.statistics.snapshot().executionCount()).isEqualTo(4);
        assertThat(fixture.statistics.snapshot().pendingCount()).isZero();
    }

    @Test
    @Statement(89)
    void keepsThePlacesOfDirectSlots() {
        SequenceFixture fixture = fixture("direct {}");
        fixture.request("a1").submit();
        fixture.request("b3").submit();
        fixture.request("c1").submit();
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a1", "0: c1 b3", "0: - b3", "0: - b3");
        assertThat(fixture.answers.values()).hasSize(3).containsOnly("ok");
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct {}", "oldest {}"})
    @Statement(89)
    void endsTheSequenceOfAClientsIdWithItsAnswer(String strategy) {
        SequenceFixture fixture = fixture(strategy);
        fixture.start("a2", 5);
        fixture.finishAll();
        fixture.next("late", 5);
        assertThat(fixture.answers).containsEntry("a2", "ok");
        assertThat(fixture.answers.get("late")).contains("must specify the START flag");
    }

    /** The sequences of the fixture may be idle for a second. */
    @ParameterizedTest
    @ValueSource(strings = {"direct {}", "oldest { max_candidate_sequences: 1 }"})
    @Statement({65, 89})
    void endsASequenceWhoseStepTakesLongerThanItMayBeIdle(String strategy) {
        SequenceFixture fixture = fixture(strategy);
        fixture.executionMicros = 2_000_000;
        fixture.request("a3").submit();
        fixture.request("b1").submit();
        fixture.finishAll();
        assertThat(fixture.answers.get("a3"))
                .startsWith("INVALID_ARG inference request for sequence ")
                .endsWith(" to model 'm' must specify the START flag on the first request of the sequence");
        assertThat(fixture.answers).containsEntry("b1", "ok");
        assertThat(steps).containsEntry("a3", 1);
    }

    @Test
    @Statement(89)
    void countsEachStepAsARequestOfItsSequence() {
        SequenceFixture fixture = fixture("oldest { max_candidate_sequences: 1 }");
        fixture.executionMicros = 900_000;
        fixture.request("a3").submit();
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("a3", "ok");
        assertThat(steps).containsEntry("a3", 3);
    }

    @Test
    @Statement({68, 89})
    void dropsACancelledRequestBetweenItsSteps() {
        SequenceFixture fixture = fixture("oldest { max_candidate_sequences: 1 }");
        InferRequest request = fixture.request("a9").submit();
        fixture.request("b1").submit();
        fixture.finish(0);
        request.cancel();
        fixture.finishAll();
        assertThat(fixture.answers)
                .containsEntry("a9", "CANCELLED Request cancelled")
                .containsEntry("b1", "ok");
        assertThat(steps).containsEntry("a9", 2);
    }

    @Test
    @Statement(90)
    void refusesToRescheduleForAModelThatIsNotIterative() {
        SequenceFixture fixture = new SequenceFixture(1, 2, "");
        fixture.behaviour = Execution::reschedule;
        fixture.start("a", 1);
        fixture.finishAll();
        assertThat(fixture.answers)
                .containsEntry(
                        "a",
                        "INVALID_ARG Request is released with TRITONSERVER_REQUEST_RELEASE_RESCHEDULE, while the model "
                                + "is not configured to handle such a flag.");
        fixture.behaviour = SequenceFixture::answer;
        fixture.next("b", 1);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("b", "ok");
    }
}
