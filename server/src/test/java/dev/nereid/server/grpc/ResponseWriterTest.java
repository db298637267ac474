package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResponseWriterTest {
    @TempDir
    private Path root;

    /** A tensor of which nothing may be read: its memory is not there. */
    @SuppressWarnings("restricted")
    private static OutputTensor absent(String name, long bytes) {
        MemorySegment nowhere = MemorySegment.ofAddress(64).reinterpret(bytes);
        return new OutputTensor(name, Tensor.of(DataType.UINT8, Shape.of(bytes), nowhere));
    }

    @Test
    void refusesAnswersThatAreLargerThanAMessageBeforeItCopiesThem() throws IOException {
        ModelRepository repository = IdentityModels.start(root);
        try {
            InferRequest request = new InferRequest(
                    InferRequest.Header.of(IdentityModels.QUEUED, "", ""), List.of(), List.of(), List.of(), 0);
            InferResponse response = new InferResponse(
                    IdentityModels.QUEUED, "1", "", Map.of(), List.of(absent("large", 3_000_000_000L)), () -> {});
            assertThatThrownBy(() -> ResponseWriter.write(
                            repository.find(IdentityModels.QUEUED, ""), request, response, CallMemory.unlimited()))
                    .isInstanceOfSatisfying(
                            InferException.class, e -> assertThat(e.code()).isEqualTo(InferException.Code.INVALID_ARG))
                    .hasMessage("Response has byte size 3000000000 which exceeds gRPC's byte size limit 2147483647.");
        } finally {
            repository.close(Duration.ofSeconds(10));
        }
    }
}
