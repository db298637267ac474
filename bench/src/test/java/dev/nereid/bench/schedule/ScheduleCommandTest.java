package dev.nereid.bench.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ScheduleCommandTest {
    private static CommandLine command() {
        CommandLine command = new CommandLine(new ScheduleCommand());
        command.setExecutionExceptionHandler((e, _, _) -> {
            throw e;
        });
        return command;
    }

    @Test
    void refusesAGoalThatThereIsNot() {
        ScheduleCommand schedule = new ScheduleCommand();
        new CommandLine(schedule).parseArgs("--only=G6,G9");
        assertThatThrownBy(schedule::call)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--only: expected some of [G1, G2, G3, G4, G5, G6, G7, instances], got G9");
    }

    @Test
    void printsTheTablesAndTheGoals() {
        PrintStream out = System.out;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int status;
        try {
            System.setOut(new PrintStream(text, true, StandardCharsets.UTF_8));
            status = command().execute("--only=G6", "--quick", "--seed=5");
        } finally {
            System.setOut(out);
        }
        assertThat(status).isZero();
        assertThat(text.toString(StandardCharsets.UTF_8))
                .contains("15000 requests a simulation, seed 5")
                .contains("| Triton, rate limiter ")
                .contains("### Goals")
                .doesNotContain("| G5");
    }

    @Test
    void aRequestsCostIsMeasuredForEachRequest() {
        SchedulerCostMeasurement.Costs costs =
                new SchedulerCostMeasurement(1, 0, 1).run(Setup.adaptive(128, Curve.WIDE, 50), 1);
        assertThat(costs.meanBatch()).isGreaterThan(1);
        assertThat(costs.micros(0.5)).isBetween(0.05, 1000.0);
        assertThat(costs.micros(0.99)).isGreaterThanOrEqualTo(costs.micros(0.5));
    }
}
