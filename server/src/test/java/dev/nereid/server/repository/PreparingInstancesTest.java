package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.SharedDevice;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which instances prepare a batch while they execute another, and a model on an emulated GPU that does. */
@Tag("cuda")
class PreparingInstancesTest {
    private static final String GPU = "instance_group { name: 'm_0' kind: KIND_GPU count: 1 gpus: 0 } ";
    private static final String CPU = "instance_group { name: 'm_0' kind: KIND_CPU count: 1 } ";

    @TempDir
    Path folder;

    private EmulatedCuda cuda;

    @BeforeEach
    void findGpu() {
        cuda = EmulatedCuda.find("instances that prepare").orElseGet(() -> Assumptions.abort("no emulated GPU"));
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, -1)
                .output("Y", DataType.FLOAT, -1, -1)
                .node("Relu", "Y", "X")
                .write(folder);
    }

    @AfterEach
    void leavesNothingOnTheGpu() {
        if (cuda != null) {
            assertThat(cuda.streams()).isZero();
            assertThat(cuda.used(0)).isZero();
        }
    }

    private static ModelConfig config(String text) {
        return ConfigText.parse("name: 'm' backend: 'onnxruntime' max_batch_size: 4 "
                + "input { name: 'X' data_type: TYPE_FP32 dims: -1 } "
                + "output { name: 'Y' data_type: TYPE_FP32 dims: -1 } " + text);
    }

    private BackendModel load(ModelConfig config) {
        return new PlanBackend(KernelSet.scalar(), new WorkerPool(1), cuda.devices()).load(config, folder);
    }

    private int lanes(String text, RateLimitConfig limits) {
        ModelConfig config = config(text);
        try (BackendModel model = load(config);
                ModelInstances instances = new ModelInstances(
                        model, HostPolicies.NONE, RateLimiter.of(limits).newModel(), false)) {
            List<Lane> lanes = instances.change(config, _ -> {}).added();
            lanes.forEach(Lane::close);
            return lanes.size();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "dynamic_batching {}", "dynamic_batching {} optimization { eager_batching: true }"})
    void haveTwoLanesOnAGpuAndOneOnTheCpu(String rest) {
        assertThat(lanes(GPU + rest, RateLimitConfig.OFF)).isEqualTo(2);
        assertThat(lanes(CPU + rest, RateLimitConfig.OFF)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sequence_batching {}",
                "dynamic_batching {} parameters { key: 'scheduler.policy' value { string_value: 'adaptive' } }"
            })
    void haveOneLaneUnderSchedulersThatTakeABatchLate(String rest) {
        assertThat(lanes(GPU + rest, RateLimitConfig.OFF)).isEqualTo(1);
    }

    @Test
    void haveOneLaneUnderARateLimiter() {
        assertThat(lanes(GPU, new RateLimitConfig(true, List.of()))).isEqualTo(1);
    }

    @Test
    void areWarmedUpOnce() {
        ModelConfig config = config(GPU);
        List<Lane> warmed = new ArrayList<>();
        try (BackendModel model = load(config);
                ModelInstances instances =
                        new ModelInstances(model, HostPolicies.NONE, RateLimiter.OFF.newModel(), false)) {
            instances.change(config, warmed::add).added().forEach(Lane::close);
        }
        assertThat(warmed).hasSize(1);
    }

    @Test
    void goAndComeWithBothLanes() {
        ModelConfig config = config(GPU);
        try (BackendModel model = load(config);
                ModelInstances instances =
                        new ModelInstances(model, HostPolicies.NONE, RateLimiter.OFF.newModel(), false)) {
            List<Lane> lanes = instances.change(config, _ -> {}).added();
            assertThat(instances.change(config, _ -> {}).removed()).isEmpty();
            ModelInstances.Change moved = instances.change(config(GPU.replace("gpus: 0", "gpus: 1")), _ -> {});
            assertThat(moved.removed()).containsExactlyElementsOf(lanes);
            assertThat(moved.added()).hasSize(2);
            moved.removed().forEach(Lane::close);
            moved.added().forEach(Lane::close);
        }
    }

    /** Requests of one item each. */
    private static CompletableFuture<Float> ask(Scheduler scheduler, float value) {
        Tensor tensor = Tensor.of(
                dev.nereid.tensor.DataType.FP32,
                Shape.of(1, 2),
                Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, value, -value));
        InferRequest request = new InferRequest(
                InferRequest.Header.of("m", "", "x"),
                List.of(new InputTensor("X", tensor)),
                List.of(),
                List.of(),
                System.nanoTime());
        CompletableFuture<Float> answer = new CompletableFuture<>();
        scheduler.submit(request, new ResponseSink() {
            @Override
            public void respond(InferResponse response, boolean last) {
                float[] values =
                        response.outputs().getFirst().tensor().segment().toArray(ValueLayout.JAVA_FLOAT);
                response.close();
                answer.complete(values[0] + values[1]);
            }

            @Override
            public void fail(InferException error) {
                answer.completeExceptionally(error);
            }

            @Override
            public void end() {
                answer.completeExceptionally(new IllegalStateException("no response"));
            }
        });
        return answer.orTimeout(60, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "dynamic_batching {}", "dynamic_batching {} optimization { eager_batching: true }"})
    void answerManyRequestsAndNeverComputeTwoBatchesAtOnce(String rest) {
        ModelConfig config = config(GPU + rest);
        ModelStatistics statistics = new ModelStatistics();
        try (BackendModel model = load(config);
                ModelInstances instances =
                        new ModelInstances(model, HostPolicies.NONE, RateLimiter.OFF.newModel(), false)) {
            List<Lane> lanes = instances.change(config, _ -> {}).added();
            cuda.hold(false);
            List<CompletableFuture<Float>> answers = new ArrayList<>();
            try (Scheduler scheduler = Schedulers.of(config, lanes, statistics, Clock.system(), new SharedDevice())) {
                for (int i = 0; i < 300; i++) {
                    answers.add(ask(scheduler, i));
                }
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i)).as("request " + i).isCompletedWithValue((float) i);
            }
            assertThat(cuda.mostRunning()).isEqualTo(1);
            assertThat(statistics.snapshot().inferenceCount()).isEqualTo(300);
        }
    }
}
