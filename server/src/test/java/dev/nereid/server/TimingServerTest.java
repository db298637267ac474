package dev.nereid.server;

import static dev.nereid.server.RunningServers.channel;
import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static dev.nereid.server.RunningServers.simpleMessage;
import static dev.nereid.server.RunningServers.simpleRequest;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** The request parameter that asks how an answer came about, over the wire and with a real model. */
class TimingServerTest extends RunningServersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String INFER = "/v2/models/simple/infer";
    private static final String ASKS = "\"parameters\":{\"nereid_timing\":true},";

    private static JsonNode told(Server server) throws IOException {
        return JSON.readTree(send(server, Front.HTTP, INFER, simpleRequest(ASKS)))
                .at("/parameters");
    }

    @Test
    void tellsOverHttpHowARealModelsAnswerCameAbout() throws IOException {
        servers.writeSimple("dynamic_batching {} instance_group { name: 'mine' kind: KIND_CPU count: 1 }");
        Server server = servers.start();
        String silent = send(server, Front.HTTP, INFER, simpleRequest(""));
        assertThat(silent).doesNotContain("parameters");
        JsonNode told = told(server);
        assertThat(told.at("/nereid_batch_size").intValue()).isEqualTo(1);
        assertThat(told.at("/nereid_batch_closed_by").textValue()).isEqualTo("queue_empty");
        assertThat(told.at("/nereid_instance").textValue()).isEqualTo("mine_0");
        assertThat(told.at("/nereid_queue_ns").longValue()).isNotNegative();
        assertThat(told.at("/nereid_compute_input_ns").longValue()).isPositive();
        assertThat(told.at("/nereid_compute_infer_ns").longValue()).isPositive();
        assertThat(told.at("/nereid_compute_output_ns").longValue()).isPositive();
        assertThat(told.has("nereid_cache")).isFalse();
        assertThat(send(server, Front.METRICS, "/metrics", ""))
                .contains("nereid_batch_closed_total{model=\"simple\",reason=\"queue_empty\",version=\"1\"} 2\n")
                .contains("nereid_queue_duration_us_count{model=\"simple\",version=\"1\"} 2\n")
                .contains("nereid_request_duration_us_count{model=\"simple\",version=\"1\"} 2\n")
                .contains("nereid_compute_duration_us_count{model=\"simple\",version=\"1\"} 2\n")
                .contains("nereid_batch_size_bucket{model=\"simple\",version=\"1\",le=\"1\"} 2\n");
    }

    /** Whether a request asks makes no other request of it. */
    @Test
    void tellsWhatTheCacheDid() throws IOException {
        servers.writeSimple("response_cache { enable: true }");
        Server server = servers.start("--cache-config=local,size=1048576");
        JsonNode miss = told(server);
        assertThat(miss.at("/nereid_cache").textValue()).isEqualTo("miss");
        assertThat(miss.at("/nereid_cache_insertion_ns").longValue()).isPositive();
        assertThat(miss.at("/nereid_compute_infer_ns").longValue()).isPositive();
        JsonNode hit = told(server);
        assertThat(hit.at("/nereid_cache").textValue()).isEqualTo("hit");
        assertThat(hit.at("/nereid_cache_lookup_ns").longValue()).isPositive();
        assertThat(hit.has("nereid_compute_infer_ns")).isFalse();
        assertThat(send(server, Front.HTTP, INFER, simpleRequest(""))).doesNotContain("parameters");
        assertThat(RunningServers.statistics(server, "simple")
                        .at("/execution_count")
                        .intValue())
                .isEqualTo(1);
    }

    @Test
    void refusesWhatIsNeitherYesNorNo() throws IOException {
        servers.writeSimple("");
        Server server = servers.start();
        HttpResponse<String> answer =
                exchange(server, Front.HTTP, INFER, simpleRequest("\"parameters\":{\"nereid_timing\":\"yes\"},"));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body())
                .contains("invalid value type for 'nereid_timing' parameter, expected a boolean, got 'yes'");
    }

    @Test
    void tellsOverGrpcToo() throws IOException {
        servers.writeSimple("");
        Server server = servers.start();
        ModelInferRequest.Builder request = simpleMessage()
                .putParameters(
                        "nereid_timing",
                        InferParameter.newBuilder().setBoolParam(true).build());
        ManagedChannel channel = channel(server);
        try {
            ModelInferResponse response =
                    GRPCInferenceServiceGrpc.newBlockingStub(channel).modelInfer(request.build());
            assertThat(response.getParametersOrThrow("nereid_batch_closed_by").getStringParam())
                    .isEqualTo("unbatched");
            assertThat(response.getParametersOrThrow("nereid_compute_infer_ns").getInt64Param())
                    .isPositive();
        } finally {
            channel.shutdownNow();
        }
    }
}
