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
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An ensemble whose second step belongs to a sequence: the sums of what a client has sent so far, doubled. */
@SuppressWarnings("NullAway.Init") // set before each test
class EnsembleSequenceTest {
    @TempDir
    Path root;

    private ModelRepository repository;
    private long bytesBefore;

    @BeforeEach
    void load() {
        new GraphWriter()
                .input("X", DataType.INT32, -1, 1)
                .output("Y", DataType.INT32, -1, 1)
                .node("Add", "Y", "X", "X")
                .write(root.resolve("twice/1"));
        TestRepository.write(root, "twice", """
                backend: "onnxruntime"
                max_batch_size: 4
                input { name: "X" data_type: TYPE_INT32 dims: 1 }
                output { name: "Y" data_type: TYPE_INT32 dims: 1 }
                """, 1);
        new GraphWriter()
                .input("X", DataType.INT32, -1, 1)
                .input("SUM", DataType.INT32, -1, 1)
                .output("NEXT", DataType.INT32, -1, 1)
                .node("Add", "NEXT", "SUM", "X")
                .write(root.resolve("sums/1"));
        TestRepository.write(root, "sums", """
                backend: "onnxruntime"
                max_batch_size: 4
                input { name: "X" data_type: TYPE_INT32 dims: 1 }
                output { name: "NEXT" data_type: TYPE_INT32 dims: 1 }
                instance_group { count: 1 kind: KIND_CPU }
                sequence_batching {
                  max_sequence_idle_microseconds: 60000000
                  state { input_name: "SUM" output_name: "NEXT" data_type: TYPE_INT32 dims: 1 }
                }
                """, 1);
        TestRepository.write(root, "e", """
                platform: "ensemble"
                max_batch_size: 4
                input { name: "X" data_type: TYPE_INT32 dims: 1 }
                output { name: "SUM" data_type: TYPE_INT32 dims: 1 }
                ensemble_scheduling { step [
                  { model_name: "twice" model_version: -1
                    input_map { key: "X" value: "X" } output_map { key: "Y" value: "doubled" } },
                  { model_name: "sums" model_version: -1
                    input_map { key: "X" value: "doubled" } output_map { key: "NEXT" value: "SUM" } } ] }
                """, 1);
        bytesBefore = NativeMemory.liveBytes();
        repository = TestRepository.start(
                TestRepository.config(ControlMode.NONE, root), new PlanBackend(KernelSet.scalar(), new WorkerPool(1)));
    }

    @AfterEach
    void givesAllMemoryBack() {
        TestRepository.close(repository);
        assertThat(NativeMemory.liveBytes()).isEqualTo(bytesBefore);
    }

    private int send(long sequence, int value, boolean start, boolean end) {
        MemorySegment segment = Arena.ofAuto().allocate(Integer.BYTES);
        segment.set(ValueLayout.JAVA_INT, 0, value);
        Tensor tensor = Tensor.of(dev.nereid.tensor.DataType.INT32, Shape.of(1, 1), segment);
        InferRequest.Header header =
                new InferRequest.Header("e", "", "r", new CorrelationId.Numeric(sequence), start, end, 0, 0, Map.of());
        InferRequest request = new InferRequest(
                header, List.of(new InputTensor("X", tensor)), List.of(), List.of(), System.nanoTime());
        try (InferResponse response =
                TestRepository.infer(repository.find("e", ""), request).join()) {
            return response.outputs().getFirst().tensor().segment().get(ValueLayout.JAVA_INT, 0);
        }
    }

    @Test
    @Statement(97)
    void keepsTheSequencesOfItsClientsApart() {
        assertThat(send(7, 1, true, false)).isEqualTo(2);
        assertThat(send(8, 10, true, false)).isEqualTo(20);
        assertThat(send(7, 2, false, false)).isEqualTo(6);
        assertThat(send(8, 20, false, true)).isEqualTo(60);
        assertThat(send(7, 3, false, true)).isEqualTo(12);
        assertThatThrownBy(() -> send(7, 4, false, false))
                .hasMessageContaining(
                        "in ensemble 'e', inference request for sequence 7 to model 'sums' must specify the "
                                + "START flag on the first request of the sequence");
    }
}
