package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.InferStatistics;
import dev.nereid.proto.inference.ModelStatistics;
import dev.nereid.proto.inference.ModelStatisticsResponse;
import dev.nereid.proto.inference.RepositoryIndexResponse;
import dev.nereid.proto.inference.RepositoryIndexResponse.ModelIndex;
import dev.nereid.proto.inference.ServerMetadataResponse;
import dev.nereid.proto.inference.StatisticDuration;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.BuiltInBackends;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.recorded.Recordings;
import dev.nereid.server.repository.ControlMode;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.sharedmemory.SharedMemory;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Recorded calls, those of the tree and those of a real Triton, made in the same order against a server over the same models. */
class RecordedCallsTest {
    /** Models whose files the recordings do not hold. */
    private static final List<String> ABSENT_MODELS = List.of("minilm", "minilm_dyn");

    /** Parts of the names of cases that were recorded with more than their messages say. */
    private static final List<String> OTHER_SUBJECTS = List.of("deadline");

    /** Errors in Triton's words with the reason behind them, where Triton's end: names without their numbers. */
    private static final Set<String> WITH_REASON = Set.of("load_unknown", "load_bad_config");

    /** Cases of a call that was made with {@code triton_grpc_error}. */
    private static final String STRICT = "grpc_error";

    @TempDir
    private Path root;

    @TempDir
    private Path objects;

    private final SlabPool responses = new SlabPool(0);

    @ParameterizedTest
    @MethodSource("dev.nereid.server.recorded.Recordings#all")
    void answersAsRecorded(Recordings recordings) throws IOException {
        List<String> models = recordings.models().stream()
                .filter(name -> !ABSENT_MODELS.contains(name))
                .toList();
        for (String model : models) {
            recordings.copyModel(model, root);
        }
        List<String> startup =
                models.stream().filter(name -> !name.equals("broken")).toList();
        ModelRepository repository = ModelRepository.start(
                RepositoryConfig.of(root).withMode(ControlMode.EXPLICIT, startup), new Backends(backends()));
        assertThat(repository.startup().orTimeout(60, TimeUnit.SECONDS).join()).isEmpty();
        try (SlabPool memory = new SlabPool(1 << 20);
                SharedMemory shared = SharedMemory.in(objects)) {
            GrpcFront front =
                    GrpcFront.start(new GrpcConfig("127.0.0.1", 0, "triton"), repository, memory, extensions(shared));
            ManagedChannel channel = RunningFront.channel(front.port());
            try {
                assertThat(differences(RecordedCall.readAll(recordings.grpc()), channel))
                        .isEmpty();
            } finally {
                channel.shutdownNow();
                front.stop(Duration.ofSeconds(5));
                repository.close(Duration.ofSeconds(5));
            }
            assertThat(memory.usedBytes()).isZero();
            assertThat(responses.usedBytes()).isZero();
        }
    }

    private List<Backend> backends() {
        List<Backend> backends = new ArrayList<>(BuiltInBackends.all(responses));
        backends.add(new PlanBackend(KernelSet.scalar(), new WorkerPool(1)));
        return backends;
    }

    /** With the shared memory object and the trace file that the recording server had. */
    private Extensions extensions(SharedMemory shared) throws IOException {
        ByteBuffer object = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 16; i++) {
            object.putInt(i);
        }
        for (int i = 0; i < 16; i++) {
            object.putInt(1);
        }
        Files.write(objects.resolve("tr_shm1"), object.array());
        return new Extensions(
                shared,
                new LogSettings(LogConfig.DEFAULT, _ -> {}),
                new TraceSettings(new TraceConfig(TraceConfig.TRITON, "/var/log/trace.json", Map.of(), Map.of())));
    }

    private static List<String> differences(List<RecordedCall> calls, ManagedChannel channel) {
        int[] skipped = new int[1];
        List<String> differences = calls.stream()
                .filter(call -> {
                    boolean skip = isSkipped(call);
                    skipped[0] += skip ? 1 : 0;
                    return !skip;
                })
                .flatMap(call -> difference(call, channel).stream())
                .toList();
        assertThat(calls).as("calls that were made").hasSizeGreaterThan(skipped[0]);
        System.out.println("skipped: " + skipped[0] + " of " + calls.size()
                + " recorded calls, of models and extensions that are not there");
        return differences;
    }

    private static Optional<String> difference(RecordedCall call, ManagedChannel channel) {
        RecordedCall.Outcome recorded = call.recorded();
        RecordedCall.Outcome ours = call.replay(call.name().contains(STRICT) ? strict(channel) : channel);
        boolean same = recorded.code() == ours.code()
                && (recorded.message().contains("onnx runtime error")
                        || (withReason(call)
                                ? ours.message().startsWith(recorded.message() + ": ")
                                : recorded.message().equals(ours.message())))
                && comparable(recorded.responses()).equals(comparable(ours.responses()));
        return same ? Optional.empty() : Optional.of(call.name() + ":\nrecorded " + recorded + "\nours     " + ours);
    }

    private static boolean withReason(RecordedCall call) {
        return WITH_REASON.contains(call.name().replaceFirst("^[0-9]+_", ""));
    }

    private static Channel strict(Channel channel) {
        Metadata metadata = new Metadata();
        metadata.put(CallMetadata.ascii("triton_grpc_error"), "true");
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    private static boolean isSkipped(RecordedCall call) {
        return call.descriptor().isEmpty()
                || OTHER_SUBJECTS.stream().anyMatch(call.name()::contains)
                || ABSENT_MODELS.stream().anyMatch(model -> call.requests().contains("name: \"" + model + "\""));
    }

    /** Messages without what differs from run to run or from repository to repository. */
    private static List<Message> comparable(List<Message> messages) {
        return messages.stream().map(RecordedCallsTest::comparable).toList();
    }

    private static Message comparable(Message message) {
        return switch (message) {
            case ServerMetadataResponse metadata ->
                metadata.toBuilder().clearVersion().build();
            case ModelStatisticsResponse statistics ->
                statistics.toBuilder()
                        .clearModelStats()
                        .addAllModelStats(statistics.getModelStatsList().stream()
                                .filter(model -> !ABSENT_MODELS.contains(model.getName()))
                                .map(RecordedCallsTest::withoutCounts)
                                .toList())
                        .build();
            case RepositoryIndexResponse index ->
                index.toBuilder()
                        .clearModels()
                        .addAllModels(index.getModelsList().stream()
                                .filter(model -> !ABSENT_MODELS.contains(model.getName()))
                                .map(RecordedCallsTest::withoutForeignReason)
                                .toList())
                        .build();
            default -> message;
        };
    }

    /** What there is of a model's statistics, without the numbers: the models were asked more often when recorded. */
    private static ModelStatistics withoutCounts(ModelStatistics model) {
        ModelStatistics.Builder statistics = model.toBuilder()
                .clearLastInference()
                .clearInferenceCount()
                .clearExecutionCount()
                .clearBatchStats()
                .clearResponseStats();
        InferStatistics.Builder requests = statistics.getInferenceStatsBuilder();
        requests.getAllFields()
                .keySet()
                .forEach(field -> requests.setField(field, StatisticDuration.getDefaultInstance()));
        return statistics.build();
    }

    /** Texts that come from ONNX Runtime are not compared. */
    private static ModelIndex withoutForeignReason(ModelIndex model) {
        return model.getReason().contains("onnx runtime error")
                        || model.getReason().contains("Load model from")
                ? model.toBuilder().clearReason().build()
                : model;
    }
}
