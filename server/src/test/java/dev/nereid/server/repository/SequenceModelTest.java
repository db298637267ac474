package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX models whose controls and states come from the sequence batcher. */
@SuppressWarnings("NullAway.Init") // every test loads a model first
class SequenceModelTest {
    @TempDir
    Path root;

    private ModelRepository repository;
    private long bytesBefore;

    /** NEXT = SUM + X; Y = (NEXT + END * ID) * READY. */
    private Model sums(String outputs, String strategy) {
        new GraphWriter()
                .input("X", DataType.INT32, -1, 1)
                .input("SUM", DataType.INT32, -1, 1)
                .input("READY", DataType.INT32, -1, 1)
                .input("END", DataType.INT32, -1, 1)
                .input("ID", DataType.INT32, -1, 1)
                .output("Y", DataType.INT32, -1, 1)
                .output("NEXT", DataType.INT32, -1, 1)
                .node("Add", "NEXT", "SUM", "X")
                .node("Mul", "ended", "END", "ID")
                .node("Add", "all", "NEXT", "ended")
                .node("Mul", "Y", "all", "READY")
                .write(root.resolve("m/1"));
        return load("""
            backend: "onnxruntime"
            max_batch_size: 4
            input { name: "X" data_type: TYPE_INT32 dims: 1 }
            output { name: "Y" data_type: TYPE_INT32 dims: 1 }
            %s
            instance_group { count: 1 kind: KIND_CPU }
            sequence_batching {
              max_sequence_idle_microseconds: 60000000
              control_input { name: "READY" control { kind: CONTROL_SEQUENCE_READY int32_false_true: [ 0, 1 ] } }
              control_input { name: "END" control { kind: CONTROL_SEQUENCE_END int32_false_true: [ 0, 1 ] } }
              control_input { name: "ID" control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_INT32 } }
              state { input_name: "SUM" output_name: "NEXT" data_type: TYPE_INT32 dims: 1 }
              %s
            }
            """.formatted(outputs, strategy));
    }

    private Model load(String config) {
        TestRepository.write(root, "m", config, 1);
        bytesBefore = NativeMemory.liveBytes();
        repository = TestRepository.start(
                TestRepository.config(ControlMode.NONE, root), new PlanBackend(KernelSet.scalar(), new WorkerPool(1)));
        return repository.find("m", "");
    }

    @AfterEach
    void givesAllMemoryBack() {
        TestRepository.close(repository);
        assertThat(NativeMemory.liveBytes()).isEqualTo(bytesBefore);
    }

    private static Tensor number(int value) {
        MemorySegment segment = Arena.ofAuto().allocate(Integer.BYTES);
        segment.set(ValueLayout.JAVA_INT, 0, value);
        return Tensor.of(dev.nereid.tensor.DataType.INT32, Shape.of(1, 1), segment);
    }

    private static CompletableFuture<InferResponse> send(
            Model model, CorrelationId id, boolean start, boolean end, List<InputTensor> inputs, String... outputs) {
        InferRequest.Header header = new InferRequest.Header("m", "", "r", id, start, end, 0, 0, Map.of());
        List<RequestedOutput> requested = new ArrayList<>();
        for (String output : outputs) {
            requested.add(new RequestedOutput(output, 0, true));
        }
        return TestRepository.infer(model, new InferRequest(header, inputs, requested, List.of(), System.nanoTime()));
    }

    private static int value(CompletableFuture<InferResponse> answer, String output) {
        try (InferResponse response = answer.join()) {
            for (OutputTensor tensor : response.outputs()) {
                if (tensor.name().equals(output)) {
                    return tensor.tensor().segment().get(ValueLayout.JAVA_INT, 0);
                }
            }
            throw new AssertionError("no output " + output);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct {}", "oldest { max_candidate_sequences: 8 }"})
    @Statement({71, 74, 84})
    void sumsUpEachSequenceByItself(String strategy) {
        Model model = sums("", strategy);
        int[] sums = new int[3];
        for (int step = 0; step < 20; step++) {
            List<CompletableFuture<InferResponse>> answers = new ArrayList<>();
            for (int i = 0; i < sums.length; i++) {
                sums[i] += step * (i + 1);
                answers.add(send(
                        model,
                        new CorrelationId.Numeric(100 + i),
                        step == 0,
                        step == 19,
                        List.of(new InputTensor("X", number(step * (i + 1))))));
            }
            for (int i = 0; i < sums.length; i++) {
                assertThat(value(answers.get(i), "Y")).isEqualTo(sums[i] + (step == 19 ? 100 + i : 0));
            }
        }
    }

    @Test
    @Statement(84)
    void letsAClientFetchAStateThatTheConfigListsAsAnOutput() {
        Model model = sums("output { name: \"NEXT\" data_type: TYPE_INT32 dims: 1 }", "");
        CorrelationId id = new CorrelationId.Numeric(1);
        List<InputTensor> five = List.of(new InputTensor("X", number(5)));
        // Kept while the next request runs: what a client reads is not the server's own copy.
        CompletableFuture<InferResponse> first = send(model, id, true, false, five, "NEXT");
        CompletableFuture<InferResponse> second = send(model, id, false, false, five, "NEXT");
        CompletableFuture<InferResponse> third = send(model, id, false, true, five, "NEXT");
        assertThat(value(third, "NEXT")).isEqualTo(15);
        assertThat(value(second, "NEXT")).isEqualTo(10);
        assertThat(value(first, "NEXT")).isEqualTo(5);
    }

    @Test
    @Statement(74)
    void refusesControlsAndStatesFromAClient() {
        Model model = sums("", "");
        for (String name : List.of("READY", "SUM")) {
            CompletableFuture<InferResponse> answer = send(
                    model,
                    new CorrelationId.Numeric(1),
                    true,
                    true,
                    List.of(new InputTensor("X", number(1)), new InputTensor(name, number(1))));
            assertThatThrownBy(answer::join)
                    .isInstanceOf(CompletionException.class)
                    .hasMessageContaining("expected 1 inputs but got 2 inputs for model 'm'");
            CompletableFuture<InferResponse> alone =
                    send(model, new CorrelationId.Numeric(1), true, true, List.of(new InputTensor(name, number(1))));
            assertThatThrownBy(alone::join)
                    .hasMessageContaining("unexpected inference input '" + name + "' for model 'm'");
        }
        assertThat(model.inputs()).hasSize(1);
    }

    @Test
    @Statement({73, 85})
    void keepsStringsOfASequence() {
        new GraphWriter()
                .input("X", DataType.STRING, 1)
                .input("TEXT", DataType.STRING, 1)
                .input("ID", DataType.STRING, 1)
                .output("Y", DataType.STRING, 1)
                .output("NEXT", DataType.STRING, 1)
                .node("StringConcat", "NEXT", "TEXT", "X")
                .node("StringConcat", "Y", "ID", "NEXT")
                .write(root.resolve("m/1"));
        Model model = load("""
                backend: "onnxruntime"
                input { name: "X" data_type: TYPE_STRING dims: 1 }
                output { name: "Y" data_type: TYPE_STRING dims: 1 }
                sequence_batching {
                  control_input { name: "ID" control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_STRING } }
                  state { input_name: "TEXT" output_name: "NEXT" data_type: TYPE_STRING dims: 1 }
                }
                """);
        List<String> texts = new ArrayList<>();
        for (String word : List.of("a", "bc", "d")) {
            byte[][] element = {word.getBytes(StandardCharsets.UTF_8)};
            try (InferResponse response = send(
                            model,
                            new CorrelationId.Textual("chat:"),
                            word.equals("a"),
                            word.equals("d"),
                            List.of(new InputTensor("X", Tensor.ofStrings(Shape.of(1), element))))
                    .join()) {
                texts.add(new String(response.outputs().getFirst().tensor().strings()[0], StandardCharsets.UTF_8));
            }
        }
        assertThat(texts).containsExactly("chat:a", "chat:abc", "chat:abcd");
    }

    @Test
    @Statement(88)
    void runsPaddingInTheShapeOfTheRealState() {
        // The second sequence is alone in its batches but for padding in the first place.
        new GraphWriter()
                .input("X", DataType.INT32, -1, 1)
                .input("ALL", DataType.INT32, -1, -1)
                .output("Y", DataType.INT32, -1, 1)
                .output("NEXT", DataType.INT32, -1, -1)
                .node("Identity", "Y", "X")
                .node("Max", "wide", "ALL", "X")
                .node("Identity", "NEXT", "wide")
                .write(root.resolve("m/1"));
        Model model = load("""
                backend: "onnxruntime"
                max_batch_size: 2
                input { name: "X" data_type: TYPE_INT32 dims: 1 }
                output { name: "Y" data_type: TYPE_INT32 dims: 1 }
                instance_group { count: 1 kind: KIND_CPU }
                sequence_batching {
                  state { input_name: "ALL" output_name: "NEXT" data_type: TYPE_INT32 dims: -1
                    initial_state { name: "i" data_type: TYPE_INT32 dims: 3 zero_data: true } }
                }
                """);
        for (int step = 0; step < 3; step++) {
            for (int sequence = 1; sequence <= 2; sequence++) {
                CompletableFuture<InferResponse> answer = send(
                        model,
                        new CorrelationId.Numeric(sequence),
                        step == 0,
                        step == 2,
                        List.of(new InputTensor("X", number(step))));
                assertThat(value(answer, "Y")).isEqualTo(step);
            }
        }
    }
}
