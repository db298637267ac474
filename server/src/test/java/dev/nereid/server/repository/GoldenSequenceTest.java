package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A speech detector that knows nothing of sequences follows a recorded stream with its state kept on the server. */
@Tag("golden")
class GoldenSequenceTest {
    private static final int FRAME = 576;
    private static final int STATE = 2 * 128;

    @TempDir
    Path root;

    @ParameterizedTest
    @ValueSource(strings = {"direct {}", "oldest { max_candidate_sequences: 4 }"})
    @Statement({84, 85})
    void followsTheRecordedStream(String strategy) throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("skipped: NEREID_TEST_DATA names no folder with models");
            return;
        }
        Path model = Path.of(data, "models", "silero-vad-v5");
        Path golden = model.resolve("golden", "stream96");
        FloatBuffer frames = floats(golden.resolve("in_0.bin"));
        assertThat(floats(golden.resolve("in_1.bin"))).isEqualTo(FloatBuffer.allocate(STATE));

        TestRepository.write(root, "vad", config(strategy), 1);
        Files.copy(model.resolve("model.onnx"), root.resolve("vad/1/model.onnx"));
        ModelRepository repository = TestRepository.start(
                TestRepository.config(ControlMode.NONE, root), new PlanBackend(KernelSet.scalar(), new WorkerPool(1)));
        try {
            // Two clients hear the same stream, the second a frame later, so that their states differ all the time.
            List<CompletableFuture<float[]>> first = new ArrayList<>();
            List<CompletableFuture<float[]>> second = new ArrayList<>();
            int count = frames.capacity() / FRAME;
            for (int i = 0; i <= count; i++) {
                if (i < count) {
                    first.add(send(repository, "first", frames, i, count));
                }
                if (i > 0) {
                    second.add(send(repository, "second", frames, i - 1, count));
                }
            }
            for (List<CompletableFuture<float[]>> stream : List.of(first, second)) {
                close(floats(golden.resolve("out_0.bin")), probabilities(stream));
                float[] last = stream.getLast().join();
                close(
                        floats(golden.resolve("out_1.bin")),
                        FloatBuffer.wrap(last, 1, STATE).slice());
            }
        } finally {
            TestRepository.close(repository);
        }
    }

    private static String config(String strategy) {
        return """
            backend: "onnxruntime"
            input { name: "input" data_type: TYPE_FP32 dims: [ -1, -1 ] }
            input { name: "sr" data_type: TYPE_INT64 dims: 1 }
            output { name: "output" data_type: TYPE_FP32 dims: [ -1, 1 ] }
            output { name: "stateN" data_type: TYPE_FP32 dims: [ -1, -1, -1 ] }
            instance_group { count: 2 kind: KIND_CPU }
            sequence_batching {
              max_sequence_idle_microseconds: 60000000
              state { input_name: "state" output_name: "stateN" data_type: TYPE_FP32 dims: [ 2, -1, 128 ]
                initial_state { name: "silence" data_type: TYPE_FP32 dims: [ 2, 1, 128 ] zero_data: true } }
              %s
            }
            """.formatted(strategy);
    }

    private static CompletableFuture<float[]> send(
            ModelRepository repository, String id, FloatBuffer frames, int index, int count) {
        MemorySegment frame = Arena.ofAuto().allocate(FRAME * Float.BYTES);
        for (int i = 0; i < FRAME; i++) {
            frame.setAtIndex(ValueLayout.JAVA_FLOAT, i, frames.get(index * FRAME + i));
        }
        MemorySegment rate = Arena.ofAuto().allocate(Long.BYTES);
        rate.set(ValueLayout.JAVA_LONG, 0, 16000);
        List<InputTensor> inputs = List.of(
                new InputTensor("input", Tensor.of(DataType.FP32, Shape.of(1, FRAME), frame)),
                new InputTensor("sr", Tensor.of(DataType.INT64, Shape.of(1), rate)));
        InferRequest.Header header = new InferRequest.Header(
                "vad", "", "", new CorrelationId.Textual(id), index == 0, index == count - 1, 0, 0, Map.of());
        return TestRepository.infer(
                        repository.find("vad", ""),
                        new InferRequest(header, inputs, List.of(), List.of(), System.nanoTime()))
                .thenApply(GoldenSequenceTest::values);
    }

    /** The probability, then the state. */
    private static float[] values(InferResponse response) {
        try (response) {
            float[] values = new float[1 + STATE];
            for (OutputTensor output : response.outputs()) {
                boolean probability = output.name().equals("output");
                MemorySegment.copy(
                        output.tensor().segment(),
                        ValueLayout.JAVA_FLOAT,
                        0,
                        values,
                        probability ? 0 : 1,
                        probability ? 1 : STATE);
            }
            return values;
        }
    }

    private static FloatBuffer probabilities(List<CompletableFuture<float[]>> stream) {
        FloatBuffer values = FloatBuffer.allocate(stream.size());
        stream.forEach(answer -> values.put(answer.join()[0]));
        return values.flip();
    }

    private static FloatBuffer floats(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    }

    /** As golden models are compared: a thousandth, and a ten-thousandth of the largest. */
    private static void close(FloatBuffer expected, FloatBuffer actual) {
        assertThat(actual.remaining()).isEqualTo(expected.remaining());
        float largest = 0;
        for (int i = 0; i < expected.remaining(); i++) {
            largest = Math.max(largest, Math.abs(expected.get(i)));
        }
        for (int i = 0; i < expected.remaining(); i++) {
            assertThat(Math.abs(expected.get(i) - actual.get(i)))
                    .as("value %d", i)
                    .isLessThanOrEqualTo(1e-3f * Math.abs(expected.get(i)) + 1e-4f * largest);
        }
    }
}
