package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Models that know nothing of sequences follow a stream with their state kept on the server: a small one whose outputs are
 * calculated here, and a speech detector with a recorded stream where there is test data.
 */
@Tag("golden")
class GoldenSequenceTest {
    private static final List<String> STRATEGIES = List.of("direct {}", "oldest { max_candidate_sequences: 4 }");

    @TempDir
    Path root;

    /**
     * A model and what it answers to a stream of frames.
     *
     * @param config without its strategy, for which {@code %s} stands
     * @param inputs of every request beside the frame
     * @param frames one behind the other
     * @param outputs one number for each frame
     * @param state after the last frame
     */
    private record Golden(
            String name,
            Path file,
            String config,
            List<InputTensor> inputs,
            int frame,
            FloatBuffer frames,
            FloatBuffer outputs,
            FloatBuffer state) {
        int count() {
            return frames.capacity() / frame;
        }
    }

    @TestFactory
    @Statement({84, 85})
    Stream<DynamicTest> followsTheStream() throws IOException {
        List<Golden> models = new ArrayList<>(List.of(smoothed(root)));
        String data = System.getenv("NEREID_TEST_DATA");
        Path speech = Path.of(data == null ? "" : data, "models", "silero-vad-v5");
        if (data == null || !Files.isDirectory(speech.resolve("golden"))) {
            System.out.println("SKIPPED a recorded stream of a real model: NEREID_TEST_DATA names no folder with it");
        } else {
            models.add(speech(speech));
        }
        return models.stream()
                .flatMap(model -> STRATEGIES.stream()
                        .map(strategy ->
                                DynamicTest.dynamicTest(model.name() + " " + strategy, () -> check(model, strategy))));
    }

    /** stateN = state / 2 + input, output = stateN + stateN. */
    private static Golden smoothed(Path folder) {
        new GraphWriter()
                .input("input", TensorProto.DataType.FLOAT, 1)
                .input("state", TensorProto.DataType.FLOAT, 1)
                .output("output", TensorProto.DataType.FLOAT, 1)
                .output("stateN", TensorProto.DataType.FLOAT, 1)
                .constant("half", 0.5f)
                .node("Mul", "less", "state", "half")
                .node("Add", "stateN", "less", "input")
                .node("Add", "output", "stateN", "stateN")
                .write(folder);
        float[] frames = {1, -2, 4.25f, 0, 7, 0.5f, -3, 16, 2, 1};
        float[] outputs = new float[frames.length];
        float state = 0;
        for (int i = 0; i < frames.length; i++) {
            state = state / 2 + frames[i];
            outputs[i] = state + state;
        }
        String config = """
            backend: "onnxruntime"
            input { name: "input" data_type: TYPE_FP32 dims: 1 }
            output { name: "output" data_type: TYPE_FP32 dims: 1 }
            output { name: "stateN" data_type: TYPE_FP32 dims: 1 }
            instance_group { count: 2 kind: KIND_CPU }
            sequence_batching {
              max_sequence_idle_microseconds: 60000000
              state { input_name: "state" output_name: "stateN" data_type: TYPE_FP32 dims: 1
                initial_state { name: "nothing" data_type: TYPE_FP32 dims: 1 zero_data: true } }
              %s
            }
            """;
        return new Golden(
                "smoothed",
                folder.resolve("model.onnx"),
                config,
                List.of(),
                1,
                FloatBuffer.wrap(frames),
                FloatBuffer.wrap(outputs),
                FloatBuffer.wrap(new float[] {state}));
    }

    private static Golden speech(Path model) throws IOException {
        Path golden = model.resolve("golden", "stream96");
        FloatBuffer state = floats(golden.resolve("out_1.bin"));
        assertThat(floats(golden.resolve("in_1.bin"))).isEqualTo(FloatBuffer.allocate(state.capacity()));
        String config = """
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
            """;
        MemorySegment rate = Arena.ofAuto().allocate(Long.BYTES);
        rate.set(ValueLayout.JAVA_LONG, 0, 16000);
        return new Golden(
                "silero-vad-v5",
                model.resolve("model.onnx"),
                config,
                List.of(new InputTensor("sr", Tensor.of(DataType.INT64, Shape.of(1), rate))),
                576,
                floats(golden.resolve("in_0.bin")),
                floats(golden.resolve("out_0.bin")),
                state);
    }

    private void check(Golden golden, String strategy) throws IOException {
        Path folder = Files.createDirectories(root.resolve(golden.name() + strategy.charAt(0)));
        TestRepository.write(folder, "stream", golden.config().formatted(strategy), 1);
        Files.copy(golden.file(), folder.resolve("stream/1/model.onnx"));
        ModelRepository repository = TestRepository.start(
                TestRepository.config(ControlMode.NONE, folder),
                new PlanBackend(KernelSet.scalar(), new WorkerPool(1)));
        try {
            // Two clients hear the same stream, the second a frame later, so that their states differ all the time.
            List<CompletableFuture<float[]>> first = new ArrayList<>();
            List<CompletableFuture<float[]>> second = new ArrayList<>();
            int count = golden.count();
            assertThat(count).isPositive();
            for (int i = 0; i <= count; i++) {
                if (i < count) {
                    first.add(send(repository, "first", golden, i));
                }
                if (i > 0) {
                    second.add(send(repository, "second", golden, i - 1));
                }
            }
            for (List<CompletableFuture<float[]>> stream : List.of(first, second)) {
                close(golden.outputs(), outputs(stream));
                float[] last = stream.getLast().join();
                close(
                        golden.state(),
                        FloatBuffer.wrap(last, 1, golden.state().capacity()).slice());
            }
        } finally {
            TestRepository.close(repository);
        }
    }

    private static CompletableFuture<float[]> send(ModelRepository repository, String id, Golden golden, int index) {
        MemorySegment frame = Arena.ofAuto().allocate((long) golden.frame() * Float.BYTES);
        for (int i = 0; i < golden.frame(); i++) {
            frame.setAtIndex(ValueLayout.JAVA_FLOAT, i, golden.frames().get(index * golden.frame() + i));
        }
        Shape shape = golden.frame() == 1 ? Shape.of(1) : Shape.of(1, golden.frame());
        List<InputTensor> inputs = new ArrayList<>(golden.inputs());
        inputs.add(new InputTensor("input", Tensor.of(DataType.FP32, shape, frame)));
        InferRequest.Header header = new InferRequest.Header(
                "stream",
                "",
                "",
                new CorrelationId.Textual(id),
                index == 0,
                index == golden.count() - 1,
                0,
                0,
                Map.of());
        int state = golden.state().capacity();
        return TestRepository.infer(
                        repository.find("stream", ""),
                        new InferRequest(header, inputs, List.of(), List.of(), System.nanoTime()))
                .thenApply(response -> values(response, state));
    }

    /** The one output number, then the state. */
    private static float[] values(InferResponse response, int state) {
        try (response) {
            float[] values = new float[1 + state];
            for (OutputTensor output : response.outputs()) {
                boolean number = output.name().equals("output");
                MemorySegment.copy(
                        output.tensor().segment(),
                        ValueLayout.JAVA_FLOAT,
                        0,
                        values,
                        number ? 0 : 1,
                        number ? 1 : state);
            }
            return values;
        }
    }

    private static FloatBuffer outputs(List<CompletableFuture<float[]>> stream) {
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
