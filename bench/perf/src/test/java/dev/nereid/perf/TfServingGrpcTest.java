package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TensorFlow Serving as perf_analyzer asks it: over gRPC. */
class TfServingGrpcTest {
    private static final TensorProto TWO_AND_FOUR = TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(FakeTfServing.shape(2, 2))
            .addAllFloatVal(List.of(2f, 4f, 2f, 4f))
            .build();

    @TempDir
    private Path folder;

    private PerfOptions options(FakeTfServing server, String data) throws Exception {
        Path file = folder.resolve("data.json");
        Files.writeString(file, data);
        PerfOptions options = Runs.few("grpc", "localhost:" + server.port());
        options.kind = "tfserving";
        options.batch = 2;
        options.inputData.add(file.toString());
        return options;
    }

    @Test
    void tensorsAreSentAsTheirBytesAndAnswersAreCompared() throws Exception {
        try (FakeTfServing server = new FakeTfServing(Map.of("x", DataType.DT_FLOAT), Map.of("y", TWO_AND_FOUR))) {
            PerfOptions options =
                    options(server, "{\"data\": [{\"x\": [1, 2]}], \"validation_data\": [{\"y\": [2, 4]}]}");
            options.version = "3";
            assertThat(Runs.run(options).text())
                    .contains("  Service Kind: TFSERVING\n", "Request count: 20\n", "Avg gRPC time: ")
                    .doesNotContain("Wrong", "Server:");
            PredictRequest request = server.requests.getFirst();
            assertThat(request.getModelSpec().getName()).isEqualTo("double");
            assertThat(request.getModelSpec().getVersion().getValue()).isEqualTo(3);
            assertThat(request.getModelSpec().getSignatureName()).isEqualTo("serving_default");
            TensorProto tensor = request.getInputsOrThrow("x");
            assertThat(tensor.getDtype()).isEqualTo(DataType.DT_FLOAT);
            assertThat(tensor.getTensorShape()).isEqualTo(FakeTfServing.shape(2, 2));
            ByteBuffer content =
                    tensor.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            assertThat(List.of(content.getFloat(), content.getFloat(), content.getFloat(), content.getFloat()))
                    .containsExactly(1f, 2f, 1f, 2f);
        }
    }

    @Test
    void aShortListIsRepeatedAndBytesCountToo() throws Exception {
        TensorProto sevens = TensorProto.newBuilder()
                .setDtype(DataType.DT_INT64)
                .setTensorShape(FakeTfServing.shape(2, 2))
                .addInt64Val(7)
                .build();
        TensorProto raw = TensorProto.newBuilder()
                .setDtype(DataType.DT_UINT8)
                .setTensorShape(FakeTfServing.shape(2, 2))
                .setTensorContent(ByteString.copyFrom(new byte[] {1, 2, 1, 2}))
                .build();
        try (FakeTfServing server =
                new FakeTfServing(Map.of("x", DataType.DT_BFLOAT16), Map.of("sevens", sevens, "raw", raw))) {
            PerfOptions options = options(server, """
                    {"data": [{"x": [1, 2]}], "validation_data": [{"sevens": [7, 7], "raw": [1, 2]}]}""");
            assertThat(Runs.run(options).text()).contains("Request count: 20\n").doesNotContain("Wrong");
            options.inputData.set(
                    0, Files.writeString(folder.resolve("wrong.json"), """
                            {"data": [{"x": [1, 2]}], "validation_data": [{"sevens": [7, 8]}]}""").toString());
            assertThat(Runs.run(options).code()).isEqualTo(99);
        }
    }

    @Test
    void stringsAreAListAndAVersionWithoutANumberIsALabel() throws Exception {
        TensorProto texts = TensorProto.newBuilder()
                .setDtype(DataType.DT_STRING)
                .setTensorShape(FakeTfServing.shape(2, 2))
                .addAllStringVal(List.of(
                        ByteString.copyFromUtf8("a"),
                        ByteString.copyFromUtf8("bc"),
                        ByteString.copyFromUtf8("a"),
                        ByteString.copyFromUtf8("bc")))
                .build();
        try (FakeTfServing server = new FakeTfServing(Map.of("x", DataType.DT_STRING), Map.of("y", texts))) {
            PerfOptions options = options(
                    server, "{\"data\": [{\"x\": [\"a\", \"bc\"]}], \"validation_data\": [{\"y\": [\"a\", \"bc\"]}]}");
            options.version = "stable";
            assertThat(Runs.run(options).text()).contains("Request count: 20\n").doesNotContain("Wrong");
            assertThat(server.asked.getFirst().getModelSpec().getVersionLabel()).isEqualTo("stable");
            assertThat(server.requests.getFirst().getInputsOrThrow("x")).isEqualTo(texts);
        }
    }

    @Test
    void whatTheServerDoesNotHaveIsNamed() throws Exception {
        try (FakeTfServing server = new FakeTfServing(Map.of("x", DataType.DT_FLOAT), Map.of("y", TWO_AND_FOUR))) {
            PerfOptions options = options(server, "{\"data\": [{\"x\": [1, 2]}]}");
            options.signature = "other";
            assertThatThrownBy(() -> Runs.run(options))
                    .hasMessageContaining("no signature 'other'; it has [serving_default]");
            options.model = "missing";
            assertThatThrownBy(() -> Runs.run(options))
                    .hasMessageContaining("NOT_FOUND: Servable not found for request");
            options.streaming = true;
            assertThatThrownBy(() -> Runs.run(options))
                    .hasMessageContaining("--streaming")
                    .hasMessageContaining("tfserving");
        }
    }

    @Test
    void itsWindowsAlternateWithThoseOfAServerOfTheOtherKind() throws Exception {
        try (FakeTfServing server = new FakeTfServing(Map.of("INPUT0", DataType.DT_FLOAT), Map.of("y", TWO_AND_FOUR));
                FakeGrpcServer first = new FakeGrpcServer(Optional.empty(), 1)) {
            PerfOptions options = Runs.few("grpc", "localhost:" + first.port());
            options.requestCount = 0;
            options.interval = 40;
            options.inputData.add("zero");
            options.versus.url = "localhost:" + server.port();
            options.versus.kind = "tfserving";
            options.versus.rounds = 2;
            assertThat(Runs.run(options).text()).contains("(grpc, tfserving, double)");
            assertThat(server.requests).isNotEmpty();
        }
    }
}
