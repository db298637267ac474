package dev.nereid.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.http.VertexAiConfig;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VertexAiFlagsTest {
    private static final Map<String, String> ROUTES =
            Map.of("AIP_PREDICT_ROUTE", "/v1/endpoints/1:predict", "AIP_HEALTH_ROUTE", "/health");

    private static ParsedFlags flags(String... arguments) {
        return new FlagParser(ServeFlags.all()).parse(List.of(arguments));
    }

    private static ServerConfig read(Map<String, String> environment, String... arguments) {
        return ServerConfigReader.read(
                flags(arguments), List.of(new RepositoryRoot.Local(Path.of("/models"))), environment);
    }

    private static Map<String, String> with(String name, String value) {
        Map<String, String> environment = new HashMap<>(ROUTES);
        environment.put(name, value);
        return environment;
    }

    @Test
    void routesAloneOpenNothing() {
        assertThat(read(ROUTES).fronts()).doesNotContain(Front.VERTEX_AI);
    }

    @Test
    void theFlagOpensItBesideTheOthers() {
        ServerConfig config = read(ROUTES, "--allow-vertex-ai=true", "--http-address=127.0.0.1");
        VertexAiConfig vertexAi = config.vertexAi().orElseThrow();
        assertThat(config.fronts()).containsExactlyInAnyOrder(Front.HTTP, Front.GRPC, Front.METRICS, Front.VERTEX_AI);
        assertThat(vertexAi.http().address()).isEqualTo("127.0.0.1");
        assertThat(vertexAi.http().port()).isEqualTo(8080);
        assertThat(vertexAi.predictRoute().matcher("/v1/endpoints/1:predict").matches())
                .isTrue();
        assertThat(vertexAi.healthRoute().matcher("/health").matches()).isTrue();
        assertThat(vertexAi.defaultModel()).isEmpty();
    }

    /** A container that Vertex AI has started serves nobody else, unless it is told to. */
    @Test
    void theModeOpensItInPlaceOfTheOthers() {
        Map<String, String> mode = with("AIP_MODE", "PREDICTION");
        assertThat(read(mode).fronts()).containsExactlyInAnyOrder(Front.VERTEX_AI, Front.METRICS);
        assertThat(read(mode, "--allow-grpc=true").fronts())
                .contains(Front.GRPC)
                .doesNotContain(Front.HTTP);
        assertThat(read(mode, "--allow-vertex-ai=false", "--allow-http=true").fronts())
                .containsExactlyInAnyOrder(Front.HTTP, Front.METRICS);
        assertThat(read(with("AIP_MODE", "TRAINING")).fronts()).doesNotContain(Front.VERTEX_AI);
    }

    @Test
    void thePortIsTheFlagsElseThePlatforms() {
        Map<String, String> port = with("AIP_HTTP_PORT", "5234");
        assertThat(read(port, "--allow-vertex-ai=true").port(Front.VERTEX_AI)).isEqualTo(5234);
        assertThat(read(port, "--allow-vertex-ai=true", "--vertex-ai-port=99").port(Front.VERTEX_AI))
                .isEqualTo(99);
        assertThatThrownBy(() -> read(with("AIP_HTTP_PORT", "eighty"), "--allow-vertex-ai=true"))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("AIP_HTTP_PORT: expected a port, got 'eighty'");
        assertThatThrownBy(() -> read(ROUTES, "--allow-vertex-ai=true", "--vertex-ai-port=8000"))
                .hasMessage("The server cannot listen to HTTP requests and Vertex AI requests at the same address and "
                        + "port 0.0.0.0:8000");
    }

    @ParameterizedTest
    @CsvSource({
        "AIP_PREDICT_ROUTE, API_PREDICT_ROUTE is not defined for Vertex AI endpoint",
        "AIP_HEALTH_ROUTE, AIP_HEALTH_ROUTE is not defined for Vertex AI endpoint"
    })
    void bothRoutesMustBeThere(String variable, String text) {
        assertThatThrownBy(() -> read(with(variable, ""), "--allow-vertex-ai=true"))
                .isInstanceOf(StartException.class)
                .hasMessage("failed to start Vertex AI service: Invalid argument - " + text);
        assertThat(read(with(variable, "")).fronts()).doesNotContain(Front.VERTEX_AI);
    }

    @Test
    void aRouteThatIsNoExpressionIsRefused() {
        assertThatThrownBy(() -> read(with("AIP_PREDICT_ROUTE", "/pre(dict"), "--allow-vertex-ai=true"))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("AIP_PREDICT_ROUTE")
                .hasMessageContaining("'/pre(dict'");
    }

    @Test
    void theStorageIsTheRepositoryWhereNoFlagNamesOne() {
        Map<String, String> storage = Map.of("AIP_STORAGE_URI", "/mnt/models");
        assertThat(RepositoryFlags.roots(flags(), storage))
                .containsExactly(new RepositoryRoot.Local(Path.of("/mnt/models")));
        assertThat(RepositoryFlags.roots(flags("--model-repository=/mine"), storage))
                .containsExactly(new RepositoryRoot.Local(Path.of("/mine")));
        assertThat(RepositoryFlags.roots(flags(), Map.of())).isEmpty();
        Map<String, String> remote = Map.of("AIP_STORAGE_URI", "gs://bucket/models");
        assertThat(RepositoryFlags.roots(flags(), remote))
                .containsExactly(new RepositoryRoot.Remote("gs://bucket/models", remote));
    }
}
