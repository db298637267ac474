package dev.nereid.server.schedule.ensemble;

import static dev.nereid.server.schedule.ensemble.EnsembleFixture.ONE;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.input;
import static dev.nereid.server.schedule.ensemble.EnsembleFixture.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.observe.StatisticsSnapshot.Duration;
import dev.nereid.server.statement.Statement;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class EnsembleStatisticsTest {
    @AutoClose
    private final EnsembleFixture fixture = new EnsembleFixture();

    private void chain() {
        FakeStepModel a = fixture.model("a", ONE);
        a.inputMicros = 60;
        a.inferMicros = 100;
        a.outputMicros = 5;
        FakeStepModel b = fixture.model("b", ONE);
        b.inputMicros = 70;
        b.inferMicros = 1000;
        b.outputMicros = 7;
        fixture.ensemble("X", "Y", step("a", "I=X", "O=M") + step("b", "I=M", "O=Y"));
    }

    @Test
    @Statement(105)
    void addsUpTheComputeTimesOfItsSteps() {
        chain();
        fixture.submit("r", input("X", 1, 3, 1));
        fixture.clock.advanceMicros(40); // in a's queue: nobody's compute time
        fixture.finishAll();
        StatisticsSnapshot snapshot = fixture.statistics().snapshot();
        assertThat(snapshot.compute())
                .isEqualTo(new StatisticsSnapshot.Compute(
                        new Duration(1, 130_000), new Duration(1, 1_100_000), new Duration(1, 12_000)));
        assertThat(snapshot.success()).isEqualTo(new Duration(1, 1_282_000));
        assertThat(snapshot.queue()).isEqualTo(new Duration(1, 0));
        assertThat(snapshot.inferenceCount()).isEqualTo(3);
        assertThat(snapshot.executionCount()).isEqualTo(1);
        assertThat(snapshot.batches()).containsOnlyKeys(3L);
        assertThat(snapshot.responses()).isEmpty();
        assertThat(snapshot.lastInferenceMillis()).isEqualTo(fixture.clock.epochMillis());
    }

    @Test
    @Statement(105)
    void letsEachStepsModelCountItsOwn() {
        chain();
        fixture.submit("r", input("X", 1));
        fixture.finishAll();
        StatisticsSnapshot b = fixture.model("b").statistics.snapshot();
        assertThat(b.inferenceCount()).isEqualTo(1);
        assertThat(b.compute().infer()).isEqualTo(new Duration(1, 1_000_000));
        assertThat(b.success()).as("from the start of the step").isEqualTo(new Duration(1, 1_077_000));
    }

    @Test
    @Statement(9)
    void isNeverPendingItself() {
        chain();
        fixture.submit("r", input("X", 1));
        fixture.submit("s", input("X", 1));
        assertThat(fixture.statistics().snapshot().pendingCount()).isZero();
        assertThat(fixture.model("a").statistics.snapshot().pendingCount()).isEqualTo(1);
        fixture.finishAll();
    }

    @Test
    @Statement(104)
    void holdsTheModelsOfItsStepsUntilItsLastAnswer() {
        chain();
        fixture.submit("r", input("X", 1));
        fixture.submit("s", input("X", 1));
        assertThat(fixture.model("a").holds).isEqualTo(2);
        assertThat(fixture.model("b").holds).isEqualTo(2);
        fixture.finishAll();
        assertThat(fixture.model("a").holds).isZero();
        assertThat(fixture.model("b").holds).isZero();
    }
}
