package dev.nereid.server;

import static dev.nereid.server.RunningServers.config;
import static dev.nereid.server.RunningServers.send;
import static dev.nereid.server.RunningServers.statistics;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.server.cache.CacheConfig;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.config.Front;
import dev.nereid.server.recorded.Recordings;
import dev.nereid.server.statement.Statement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The response cache of a whole server: flags, answers over HTTP, statistics, metrics, reloads. */
class ResponseCacheServerTest extends RunningServersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CACHE = "--cache-config=local,size=10485760";
    private static final String CACHED = "response_cache { enable: true }\n";
    private static final String TWICE = "{\"inputs\":[{\"name\":\"A\",\"datatype\":\"INT32\",\"shape\":[1,16],"
            + "\"data\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]}]}";
    private static final String SIMPLE = RunningServers.simpleRequest("");

    @Test
    @Statement({137, 142, 148})
    void answersARealModelsRepeatedRequestWithoutAnInference() throws IOException {
        servers.writeSimple(CACHED);
        Server server = servers.start(CACHE);
        String first = send(server, Front.HTTP, "/v2/models/simple/infer", SIMPLE);
        assertThat(JSON.readTree(first).at("/outputs/0/data/15").intValue()).isEqualTo(32);
        String again =
                send(server, Front.HTTP, "/v2/models/simple/infer", RunningServers.simpleRequest("\"id\":\"again\","));
        ObjectNode expected = (ObjectNode) JSON.readTree(first);
        expected.put("id", "again");
        assertThat(JSON.readTree(again)).isEqualTo(expected);
        JsonNode statistics = statistics(server, "simple");
        assertThat(statistics.at("/inference_count").intValue()).isEqualTo(1);
        assertThat(statistics.at("/execution_count").intValue()).isEqualTo(1);
        assertThat(statistics.at("/inference_stats/success/count").intValue()).isEqualTo(2);
        assertThat(statistics.at("/inference_stats/cache_hit/count").intValue()).isEqualTo(1);
        assertThat(statistics.at("/inference_stats/cache_miss/count").intValue())
                .isEqualTo(1);
    }

    /** A reload gives another model: nothing that the old one said is answered for it. */
    @Test
    void forgetsAModelsAnswersWhenItIsReloadedOrUnloaded() throws IOException {
        servers.writeSimple(CACHED);
        Server server = servers.start(CACHE);
        send(server, Front.HTTP, "/v2/models/simple/infer", SIMPLE);
        servers.writeSimple(CACHED + "# changed\nparameters { key: 'x' value { string_value: 'y' } }\n");
        send(server, Front.HTTP, "/v2/repository/models/simple/load", "{}");
        send(server, Front.HTTP, "/v2/models/simple/infer", SIMPLE);
        assertThat(statistics(server, "simple").at("/inference_count").intValue())
                .isEqualTo(1);
        send(server, Front.HTTP, "/v2/repository/models/simple/unload", "{}");
        assertThat(send(server, Front.METRICS, "/metrics", "")).contains("\nnv_cache_num_entries 0\n");
    }

    @ParameterizedTest
    @CsvSource({"false, true", "true, false"})
    @Statement(137)
    void cachesNothingUnlessServerAndModelBothWantIt(boolean serverWants, boolean modelWants) throws IOException {
        servers.writeSimple(modelWants ? CACHED : "");
        Server server = serverWants ? servers.start(CACHE) : servers.start();
        send(server, Front.HTTP, "/v2/models/simple/infer", SIMPLE);
        send(server, Front.HTTP, "/v2/models/simple/infer", SIMPLE);
        JsonNode statistics = statistics(server, "simple");
        assertThat(statistics.at("/inference_count").intValue()).isEqualTo(2);
        assertThat(statistics.at("/inference_stats/cache_miss/count").intValue())
                .isZero();
        String metrics = send(server, Front.METRICS, "/metrics", "");
        assertThat(metrics).doesNotContain("_per_model");
        assertThat(metrics.contains("nv_cache_util")).isEqualTo(serverWants);
    }

    /** What was recorded: two requests, then its statistics and its metrics of the cache. */
    @ParameterizedTest
    @MethodSource("dev.nereid.server.recorded.Recordings#all")
    @Statement({142, 143, 148})
    void answersStatisticsAndMetricsOfTheCacheAsRecorded(Recordings recordings) throws IOException {
        recordings.copyModel("identity_cache", repository);
        Server server = servers.start(CACHE);
        for (String name : List.of("cache_1", "cache_2")) {
            String answer = send(
                    server,
                    Front.HTTP,
                    "/v2/models/identity_cache/infer",
                    body(recordings.http(name).resolve("request.http")));
            assertThat(JSON.readTree(answer))
                    .as(name)
                    .isEqualTo(JSON.readTree(body(recordings.http(name).resolve("response.http"))));
        }
        JsonNode recorded = JSON.readTree(body(recordings.http("stats_cache").resolve("response.http")));
        assertThat(withoutTimes(statistics(server, "identity_cache")))
                .isEqualTo(withoutTimes(recorded.at("/model_stats/0")));
        String metrics = body(recordings.http("metrics").resolve("response.http"));
        assertThat(cacheLines(send(server, Front.METRICS, "/metrics", ""))).isEqualTo(cacheLines(metrics));
    }

    /** An ensemble that calls simple and keeps its answers. */
    private void writeTwice() throws IOException {
        servers.write("twice", """
                platform: "ensemble"
                max_batch_size: 8
                input [ { name: "A" data_type: TYPE_INT32 dims: [ 16 ] } ]
                output [ { name: "SUM" data_type: TYPE_INT32 dims: [ 16 ] } ]
                ensemble_scheduling { step [ {
                  model_name: "simple" model_version: -1
                  input_map { key: "INPUT0" value: "A" } input_map { key: "INPUT1" value: "A" }
                  output_map { key: "OUTPUT0" value: "SUM" } } ] }
                """ + CACHED);
    }

    /** Its step gives other answers from then on, though the ensemble is what it was. */
    @Test
    void forgetsAnEnsemblesAnswersWhenAModelOfItsStepsIsReloaded() throws IOException {
        servers.writeSimple("");
        writeTwice();
        Server server = servers.start(CACHE);
        send(server, Front.HTTP, "/v2/models/twice/infer", TWICE);
        servers.writeSimple("parameters { key: 'x' value { string_value: 'y' } }\n");
        send(server, Front.HTTP, "/v2/repository/models/simple/load", "{}");
        send(server, Front.HTTP, "/v2/models/twice/infer", TWICE);
        assertThat(statistics(server, "twice").at("/inference_count").intValue())
                .isEqualTo(2);
        assertThat(statistics(server, "simple").at("/inference_count").intValue())
                .isEqualTo(1);
    }

    @Test
    @Statement(106)
    void anEnsemblesHitSkipsItsSteps() throws IOException {
        servers.writeSimple("");
        writeTwice();
        Server server = servers.start(CACHE);
        String first = send(server, Front.HTTP, "/v2/models/twice/infer", TWICE);
        String again = send(server, Front.HTTP, "/v2/models/twice/infer", TWICE);
        assertThat(JSON.readTree(first).at("/outputs/0/data/15").intValue()).isEqualTo(32);
        assertThat(JSON.readTree(again).at("/outputs"))
                .isEqualTo(JSON.readTree(first).at("/outputs"));
        assertThat(statistics(server, "simple").at("/inference_count").intValue())
                .isEqualTo(1);
        JsonNode ensemble = statistics(server, "twice");
        assertThat(ensemble.at("/inference_count").intValue()).isEqualTo(1);
        assertThat(ensemble.at("/inference_stats/cache_hit/count").intValue()).isEqualTo(1);
    }

    private static String body(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        return text.substring(text.indexOf("\r\n\r\n") + 4);
    }

    /** The statistics with every time, which differs from run to run, as 0. */
    private static JsonNode withoutTimes(JsonNode statistics) {
        JsonNode copy = statistics.deepCopy();
        copy.findParents("ns").forEach(parent -> ((ObjectNode) parent).put("ns", 0));
        ((ObjectNode) copy).put("last_inference", 0);
        return copy;
    }

    /** The lines about the cache in order; durations and the share in use without their values. */
    private static String cacheLines(String metrics) {
        return metrics.lines()
                .filter(line -> line.contains("nv_cache_"))
                .map(line -> line.startsWith("#") || !(line.contains("_duration") || line.contains("_util"))
                        ? line
                        : line.substring(0, line.lastIndexOf(' ')))
                .collect(Collectors.joining("\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--cache-config=local,size=4096 | 4096",
                "--response-cache-byte-size=4096 | 4096",
                "--response-cache-byte-size=0 | -1",
                "--cache-directory=/opt/caches | -1"
            })
    void readsTheSizeOfTheCache(String flag, long bytes) {
        assertThat(config(Path.of("/models"), flag).cache())
                .isEqualTo(bytes < 0 ? Optional.empty() : Optional.of(new CacheConfig.Local(bytes)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--cache-config=size=1 | No cache specified. --cache-config option format is <cache name>,<setting>=<value>. "
                        + "Got size=1",
                "--cache-config=local,size= | The local cache needs a size of more than 0 bytes: "
                        + "--cache-config=local,size=<n>. Got ''",
                "--cache-config=local,size=0 | The local cache needs a size of more than 0 bytes: "
                        + "--cache-config=local,size=<n>. Got '0'",
                "--cache-config=local,color=red | The settings of the local cache are size. Got 'color'",
                "--cache-config=memcached,host=h | The response caches here are 'local' and 'redis'. Got 'memcached'",
                "--cache-config=redis,color=red | The settings of the redis cache are cacert, cacert_dir, cert, "
                        + "connect_timeout, db, host, key, password, pool_size, port, sni, socket_timeout, user, wait_timeout. "
                        + "Got 'color'"
            })
    @Statement(141)
    void refusesACacheWithoutASizeOrOfAnotherKind(String flag, String sentence) {
        assertThatThrownBy(() -> config(Path.of("/models"), flag))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Bad option: \"--cache-config\". " + sentence);
    }

    @Test
    void refusesTwoCaches() {
        assertThatThrownBy(() -> config(Path.of("/models"), CACHE, "--cache-config=redis,host=h"))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Error: multiple cache configurations: all of --cache-config must name the same cache");
    }

    @Test
    void refusesBothWaysToSayTheSize() {
        assertThatThrownBy(() -> config(Path.of("/models"), CACHE, "--response-cache-byte-size=1"))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Error: Incompatible flags --response-cache-byte-size and --cache-config both provided. "
                        + "Please provide one or the other.");
    }
}
