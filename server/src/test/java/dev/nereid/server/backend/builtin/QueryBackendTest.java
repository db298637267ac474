package dev.nereid.server.backend.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.RecordedExecution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.SharedRange;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The cases of Triton's suite L0_query. */
class QueryBackendTest {
    private static final Map<String, String> FAILING =
            Map.of("TEST_FAIL_WITH_QUERY_RESULT", "1", "TEST_BYTE_SIZE", "4");

    private final SlabPool memory = new SlabPool(0);

    /** A client's memory that nobody touches. */
    private record Place(long byteSize, OptionalInt gpu) implements SharedRange {
        @Override
        public void read(MemorySegment target) {
            throw new IllegalStateException("only its kind was asked for");
        }

        @Override
        public void write(MemorySegment source) {
            throw new IllegalStateException("only its kind was asked for");
        }

        @Override
        public void close() {}
    }

    private static ModelConfig config() {
        return ConfigText.parse("name: 'query' backend: 'query' input { name: 'INPUT' data_type: TYPE_UINT8 dims: 1 } "
                + "output { name: 'OUTPUT0' data_type: TYPE_UINT8 dims: -1 } "
                + "output { name: 'OUTPUT1' data_type: TYPE_UINT8 dims: -1 }");
    }

    private RecordedExecution run(Map<String, String> environment, RequestedOutput... outputs) {
        RecordedExecution execution = new RecordedExecution(
                new InferRequest(InferRequest.Header.of("query", "", ""), List.of(), List.of(outputs), List.of(), 0));
        try (BackendModel model = new QueryBackend(memory, environment).load(config(), Path.of("query", "1"));
                ModelInstance instance = model.newInstance("query_0")) {
            instance.execute(new Batch(List.of(execution)));
        }
        return execution;
    }

    private static RequestedOutput in(String output, Place place) {
        return new RequestedOutput(output, 0, false, false, Optional.of(place));
    }

    private String told(Map<String, String> environment, RequestedOutput... outputs) {
        InferException failure = run(environment, outputs).failure.orElseThrow();
        assertThat(failure.code()).isEqualTo(InferException.Code.UNKNOWN);
        return failure.text();
    }

    @Test
    void outputsThatComeWithTheAnswerLieInTheMemoryOfTheCpu() {
        assertThat(told(FAILING)).isEqualTo("OUTPUT0 CPU 0; OUTPUT1 CPU 0; ");
        assertThat(told(FAILING, new RequestedOutput("OUTPUT1", 0, true))).isEqualTo("OUTPUT0 CPU 0; OUTPUT1 CPU 0; ");
    }

    @Test
    void outputsLieInTheMemoryThatTheClientGave() {
        assertThat(told(
                        FAILING,
                        in("OUTPUT0", new Place(4, OptionalInt.of(0))),
                        in("OUTPUT1", new Place(4, OptionalInt.of(3)))))
                .isEqualTo("OUTPUT0 GPU 0; OUTPUT1 GPU 3; ");
        assertThat(told(FAILING, in("OUTPUT0", new Place(4, OptionalInt.empty()))))
                .isEqualTo("OUTPUT0 CPU 0; OUTPUT1 CPU 0; ");
    }

    @Test
    void aPlaceThatIsTooSmallIsNotTheClients() {
        RequestedOutput small = in("OUTPUT0", new Place(1, OptionalInt.of(0)));
        assertThat(told(FAILING, small)).isEqualTo("OUTPUT0 CPU 0; OUTPUT1 CPU 0; ");
        assertThat(told(Map.of("TEST_FAIL_WITH_QUERY_RESULT", "1"), small))
                .as("without a size every place is large enough")
                .isEqualTo("OUTPUT0 GPU 0; OUTPUT1 CPU 0; ");
    }

    @Test
    void noOutputInParticularLiesInTheMemoryOfTheCpu() {
        assertThat(told(
                        Map.of("TEST_FAIL_WITH_QUERY_RESULT", "1", "TEST_ANONYMOUS", ""),
                        in("OUTPUT0", new Place(4, OptionalInt.of(0)))))
                .isEqualTo("NULL CPU 0; ");
    }

    @ParameterizedTest
    @CsvSource({"'', '', 2", "'', 1, 2", "8, '', 8", "8, 1, 4"})
    void answersZerosOfTheSizeThatItAskedFor(String byteSize, String anonymous, int bytes) {
        Map<String, String> environment = anonymous.isEmpty()
                ? Map.of("TEST_BYTE_SIZE", byteSize)
                : Map.of("TEST_BYTE_SIZE", byteSize, "TEST_ANONYMOUS", anonymous);
        RecordedExecution execution = run(environment);
        List<OutputTensor> outputs = execution.response.orElseThrow().outputs();
        assertThat(outputs).extracting(OutputTensor::name).containsExactly("OUTPUT0", "OUTPUT1");
        assertThat(outputs).allSatisfy(output -> {
            assertThat(output.tensor().shape().elements()).isEqualTo(bytes);
            assertThat(output.tensor().segment().mismatch(MemorySegment.ofArray(new byte[bytes])))
                    .isIn(-1L, (long) bytes);
        });
        execution.response.orElseThrow().close();
        assertThat(memory.usedBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "-4", "four"})
    void refusesSizesThatAreNone(String byteSize) {
        assertThatThrownBy(() -> run(Map.of("TEST_BYTE_SIZE", byteSize)))
                .isInstanceOf(InferException.class)
                .hasMessageContaining(
                        "TEST_BYTE_SIZE: expected a number of bytes of at least 2, got '" + byteSize + "'");
    }
}
