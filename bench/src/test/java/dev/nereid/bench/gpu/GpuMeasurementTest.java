package dev.nereid.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.bench.engine.GpuModelMeasurement;
import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.device.GpuDevice;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On an emulated GPU, whose rates say nothing. */
class GpuMeasurementTest {
    private EmulatedCuda cuda;
    private GpuDevice device;

    @BeforeEach
    void find() {
        cuda = EmulatedCuda.find("the benchmark of GPUs").orElseGet(() -> Assumptions.abort("no emulated GPU"));
        device = cuda.gpus().all().getFirst();
    }

    @Test
    void everyJobTakesItsTimeAndLeavesNothing() {
        GpuMeasurement trial = new GpuMeasurement(device, 0.001);
        for (GpuProblem problem : GpuProblems.of(20)) {
            int before = cuda.launches();
            assertThat(trial.seconds(problem)).as(problem.name()).isPositive();
            // Two to begin with, and five times as many as a repetition has.
            assertThat(cuda.launches() - before).as(problem.name()).isGreaterThanOrEqualTo(7);
            assertThat(problem.work().amount()).isPositive();
        }
        assertThat(cuda.used(device.number())).isZero();
    }

    @Test
    void sizesBelowATileAreJobsToo() {
        assertThat(GpuProblems.of(1))
                .allSatisfy(problem -> assertThat(new GpuMeasurement(device, 0.001).seconds(problem))
                        .isPositive());
    }

    @Test
    void aModelIsMeasuredByItsItems() {
        List<GpuModelMeasurement.Result> results = GpuModelMeasurement.run(device, List.of("gemm/16x384x1536"), 0.001);
        assertThat(results).isNotEmpty().allSatisfy(result -> {
            assertThat(result.seconds()).isPositive();
            assertThat(result.items()).isPositive();
            assertThat(result.nodesOnCpu()).isZero();
        });
        assertThat(cuda.used(device.number())).isZero();
    }
}
