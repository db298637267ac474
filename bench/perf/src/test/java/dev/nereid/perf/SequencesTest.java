package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which models get sequences. */
class SequencesTest {
    @Test
    void ensembleWithASequenceModelInItGetsSequences() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            server.texts.put("/v2/models/double/config", """
                    {"name":"double","ensemble_scheduling":{"step":[{"model_name":"inner","model_version":"-1"}]}}""");
            server.texts.put("/v2/models/inner", "{\"name\":\"inner\"}");
            server.texts.put("/v2/models/inner/config", """
                    {"name":"inner","ensemble_scheduling":{"step":[{"model_name":"sum","model_version":"-1"}]}}""");
            server.texts.put("/v2/models/sum", "{\"name\":\"sum\"}");
            server.texts.put("/v2/models/sum/config", "{\"name\":\"sum\",\"sequence_batching\":{}}");
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            assertThat(Runs.run(options).text())
                    .contains("Using asynchronous calls for inference")
                    .contains("Sequence count: ");
            assertThat(server.posted.get("/v2/models/double/infer"))
                    .contains("\"sequence_id\":", "\"sequence_start\":");
        }
    }

    /** A few requests for a model with sequences. */
    private static PerfOptions sequences(FakeHttpServer server) {
        server.texts.put("/v2/models/double/config", "{\"name\":\"double\",\"sequence_batching\":{}}");
        return Runs.few("http", "localhost:" + server.port());
    }

    @Test
    void fewerIdsThanSequencesAreRefused() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            PerfOptions options = sequences(server);
            options.sequenceIds = "1:4";
            options.concurrency = "4";
            assertThatThrownBy(() -> Runs.run(options))
                    .hasMessageContaining(
                            "sequence id range specified is smaller than the maximum possible concurrency");
            options.concurrency = "3";
            assertThat(Runs.run(options).text()).contains("Request count: 20\n");
        }
    }

    @Test
    void noSequenceIsLeftOpen() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            PerfOptions options = sequences(server);
            options.concurrency = "3";
            options.sequenceLength = 1000;
            Runs.Run run = Runs.run(options);
            assertThat(run.text()).contains("Request count: 20\n");
            assertThat(server.model.inferences)
                    .as("the requests, and one more a sequence")
                    .hasValue(20 + 3);
            assertThat(server.posted.get("/v2/models/double/infer")).contains("\"sequence_end\":true");
        }
    }
}
