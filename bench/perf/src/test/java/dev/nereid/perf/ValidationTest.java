package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers are compared with what the input data expects. */
class ValidationTest {
    @TempDir
    private Path folder;

    /** Two requests; the answer to the second is expected wrongly. */
    private String data(String secondOutput) throws IOException {
        Path file = folder.resolve("data.json");
        Files.writeString(file, """
                {"data": [{"INPUT0": [1, 2, 3, 4]}, {"INPUT0": [5, 6, 7, 8]}],
                 "validation_data": [{"OUTPUT0": [2, 4, 6, 8]}, {"OUTPUT0": [%s]}]}""".formatted(secondOutput));
        return file.toString();
    }

    @Test
    void wrongAnswersOverHttpAreCountedAsFailures() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            options.inputData.add(data("10, 12, 14, 17"));
            Runs.Run run = Runs.run(options);
            assertThat(run.code()).isEqualTo(99);
            assertThat(run.text())
                    .contains("Request count: 10\n")
                    .contains("Wrong requests: 10 (first: output 'OUTPUT0' differs from validation_data at byte 14 of"
                            + " 16)");
        }
    }

    @Test
    void rightAnswersPassInEveryForm() throws Exception {
        try (FakeHttpServer http = new FakeHttpServer(Optional.empty());
                FakeGrpcServer grpc = new FakeGrpcServer(Optional.empty(), 1)) {
            PerfOptions options = Runs.few("http", "localhost:" + http.port());
            options.inputData.add(data("10, 12, 14, 16"));
            assertThat(Runs.run(options).text()).contains("Request count: 20\n").doesNotContain("Wrong");
            options.outputFormat = "json";
            options.inputFormat = "json";
            assertThat(Runs.run(options).text()).contains("Request count: 20\n").doesNotContain("Wrong");
            PerfOptions calls = Runs.few("grpc", "localhost:" + grpc.port());
            calls.inputData.add(data("10, 12, 14, 16"));
            assertThat(Runs.run(calls).text()).contains("Request count: 20\n").doesNotContain("Wrong");
        }
    }

    @Test
    void wrongAnswersOverGrpcAreCountedInCallsAndStreams() throws Exception {
        try (FakeGrpcServer server = new FakeGrpcServer(Optional.empty(), 1)) {
            PerfOptions options = Runs.few("grpc", "localhost:" + server.port());
            options.inputData.add(data("0, 0, 0, 0"));
            assertThat(Runs.run(options).text()).contains("Request count: 10\n", "Wrong requests: 10");
            options.streaming = true;
            options.async = true;
            assertThat(Runs.run(options).text()).contains("Request count: 10\n", "Wrong requests: 10");
        }
    }

    @Test
    void fileNeedsAsManyExpectationsAsRequests() throws Exception {
        Path file = folder.resolve("data.json");
        Files.writeString(file, "{\"data\": [{\"INPUT0\": [1, 2, 3, 4]}], \"validation_data\": []}");
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            options.inputData.add(file.toString());
            assertThatThrownBy(() -> Runs.run(options))
                    .hasMessageContaining("The 'validation_data' field doesn't align with 'data' field in the json"
                            + " file: expected as many entries, 1, got 0");
        }
    }

    @Test
    void expectationOfAnotherSizeIsRefused() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            options.inputData.add(data("10, 12, 14"));
            assertThatThrownBy(() -> Runs.run(options))
                    .hasMessageContaining(
                            "mismatch in the data provided for OUTPUT0. Expected: 16 bytes, Got: 12 bytes");
        }
    }

    @Test
    void runEndsWhereNotOneAnswerIsRight() throws Exception {
        Path file = folder.resolve("data.json");
        Files.writeString(file, """
                {"data": [{"INPUT0": [1, 2, 3, 4]}], "validation_data": [{"OUTPUT0": [0, 0, 0, 0]}]}""");
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            options.inputData.add(file.toString());
            assertThat(Runs.run(options).code()).isEqualTo(99);
        }
    }
}
