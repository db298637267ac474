package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.StartException;
import dev.nereid.server.torchserve.PropertiesFile;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole servers for TorchServe's clients: addresses, keys, snapshots, metrics, archives from elsewhere. */
class TorchServeServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String INSTANCES = "{\"instances\": [[1.0, 2.0]]}";

    @TempDir
    private Path folder;

    private Path store;
    private Optional<Server> running = Optional.empty();

    @BeforeEach
    void makeStore() throws IOException {
        store = Files.createDirectory(folder.resolve("store"));
        TorchServeServers.archive(store, "halves.mar", "halves", "1.0");
    }

    @AfterEach
    void stop() {
        running.ifPresent(server -> assertThat(server.stop()).isTrue());
    }

    private Server start(Map<String, String> properties, boolean snapshots) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "model_store", store.toString(),
                "load_models", "all",
                "disable_token_authorization", "true",
                "enable_model_api", "true"));
        all.putAll(properties);
        running = Optional.of(TorchServeServers.start(folder, all, snapshots));
        TorchServeServers.awaitHealthy(running.get());
        return running.get();
    }

    private void restart() {
        stop();
        running = Optional.empty();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void apisAtOneAddressShareItsPort() throws Exception {
        String address = "http://127.0.0.1:" + freePort();
        int grpc = freePort();
        Server server = start(
                Map.of(
                        "inference_address",
                        address,
                        "management_address",
                        address,
                        "metrics_address",
                        address,
                        "grpc_inference_port",
                        Integer.toString(grpc),
                        "grpc_management_port",
                        Integer.toString(grpc),
                        "metrics_mode",
                        "prometheus"),
                false);
        Front front = Front.TORCHSERVE_INFERENCE;
        assertThat(server.port(Front.TORCHSERVE_MANAGEMENT)).isEqualTo(server.port(front));
        assertThat(server.port(Front.TORCHSERVE_GRPC_MANAGEMENT)).contains(grpc);
        assertThat(TorchServeServers.send(server, front, "POST", "/predictions/halves", INSTANCES)
                        .statusCode())
                .isEqualTo(200);
        assertThat(TorchServeServers.send(server, front, "GET", "/models/halves", "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(TorchServeServers.send(server, front, "GET", "/metrics", "").body())
                .contains("Requests2XX");
    }

    @Test
    void aServerThatDrainsIsNotHealthy() throws Exception {
        Server server = start(Map.of(), false);
        TorchServeServers.awaitHealthy(server);
        server.repository().drain();
        HttpResponse<String> ping = TorchServeServers.send(server, Front.TORCHSERVE_INFERENCE, "GET", "/ping", "");
        assertThat(ping.statusCode()).isEqualTo(500);
        assertThat(ping.body()).contains("Unhealthy");
        assertThat(TorchServeServers.send(server, Front.TORCHSERVE_INFERENCE, "POST", "/predictions/halves", INSTANCES)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void requestsNeedTheKeyOfTheirApi() throws Exception {
        Server server = start(Map.of("disable_token_authorization", "false"), false);
        JsonNode keys = JSON.readTree(folder.resolve("key_file.json").toFile());
        String inference = "Bearer " + keys.at("/inference/key").asText();
        String management = "Bearer " + keys.at("/management/key").asText();
        String api = "Bearer " + keys.at("/API/key").asText();
        Front front = Front.TORCHSERVE_INFERENCE;
        HttpResponse<String> refused = TorchServeServers.send(server, front, "POST", "/predictions/halves", INSTANCES);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).isEqualTo("""
                        {
                          "code": 400,
                          "type": "InvalidKeyException",
                          "message": "Token Authorization failed. Token either incorrect, expired, or not provided correctly"
                        }
                        """);
        assertThat(status(server, front, "POST", "/predictions/halves", INSTANCES, inference))
                .isEqualTo(200);
        assertThat(status(server, front, "POST", "/predictions/halves", INSTANCES, management))
                .isEqualTo(400);
        assertThat(status(server, front, "GET", "/ping", "", "none")).isEqualTo(200);
        assertThat(status(server, Front.TORCHSERVE_MANAGEMENT, "GET", "/models", "", management))
                .isEqualTo(200);
        assertThat(status(server, Front.TORCHSERVE_MANAGEMENT, "GET", "/models", "", inference))
                .isEqualTo(400);
        assertThat(status(server, Front.TORCHSERVE_MANAGEMENT, "GET", "/token?type=inference", "", management))
                .isEqualTo(400);
        assertThat(status(server, Front.TORCHSERVE_MANAGEMENT, "GET", "/token?type=inference", "", api))
                .isEqualTo(200);
        assertThat(status(server, front, "POST", "/predictions/halves", INSTANCES, inference))
                .isEqualTo(400);
        restart();
        assertThat(folder.resolve("key_file.json")).doesNotExist();
    }

    private static int status(Server server, Front front, String method, String path, String body, String key)
            throws Exception {
        return TorchServeServers.send(server, front, method, path, body, "Authorization", key)
                .statusCode();
    }

    @Test
    void modelsAreNeitherRegisteredNorUnregisteredUnlessThatIsAllowed() throws Exception {
        Server server = start(Map.of("enable_model_api", "false"), false);
        Front front = Front.TORCHSERVE_MANAGEMENT;
        assertThat(TorchServeServers.send(server, front, "POST", "/models?url=halves.mar", "")
                        .statusCode())
                .isEqualTo(405);
        assertThat(TorchServeServers.send(server, front, "DELETE", "/models/halves", "")
                        .statusCode())
                .isEqualTo(405);
        assertThat(TorchServeServers.send(server, front, "PUT", "/models/halves?min_worker=1", "")
                        .statusCode())
                .isEqualTo(202);
    }

    @Test
    void aSnapshotRestoresModelsAndWorkers() throws Exception {
        Server first = start(Map.of("job_queue_size", "5"), true);
        Front front = Front.TORCHSERVE_MANAGEMENT;
        assertThat(TorchServeServers.send(
                                first,
                                front,
                                "POST",
                                "/models?url=halves.mar&model_name=more&initial_workers=2&synchronous=true&batch_size=3",
                                "")
                        .statusCode())
                .isEqualTo(200);
        restart();
        Path snapshot =
                PropertiesFile.find(Optional.empty(), Map.of(), folder, true).orElseThrow();
        assertThat(snapshot.getParent()).isEqualTo(folder.resolve("logs/config"));
        Server second = start(PropertiesFile.read(snapshot), true);
        Until.until(
                "both models are there", () -> second.repository().readyModels().size() == 2);
        JsonNode more = JSON.readTree(
                TorchServeServers.send(second, front, "GET", "/models/more", "").body());
        assertThat(more.at("/0/minWorkers").asInt()).isEqualTo(2);
        assertThat(more.at("/0/batchSize").asInt()).isEqualTo(3);
        assertThat(more.at("/0/jobQueueStatus/remainingCapacity").asInt()).isEqualTo(5);
    }

    @Test
    void theMetricsPageHasTheNamesOfTorchServe() throws Exception {
        Server server = start(Map.of("metrics_mode", "prometheus"), false);
        TorchServeServers.send(server, Front.TORCHSERVE_INFERENCE, "POST", "/predictions/halves", INSTANCES);
        TorchServeServers.send(server, Front.TORCHSERVE_INFERENCE, "POST", "/predictions/halves/1.0", INSTANCES);
        TorchServeServers.send(server, Front.TORCHSERVE_INFERENCE, "POST", "/predictions/none", "x");
        String host = InetAddress.getLocalHost().getHostName();
        String page = TorchServeServers.send(server, Front.TORCHSERVE_METRICS, "GET", "/metrics", "")
                .body();
        assertThat(page)
                .contains(
                        "# HELP ts_inference_requests_total Torchserve prometheus counter metric with unit: Count\n"
                                + "# TYPE ts_inference_requests_total counter\n"
                                + "ts_inference_requests_total{model_name=\"halves\",model_version=\"default\",hostname=\""
                                + host
                                + "\",} 1.0\n",
                        "ts_inference_requests_total{model_name=\"halves\",model_version=\"1.0\",hostname=\"" + host
                                + "\",} 1.0\n",
                        "Requests4XX{Level=\"Host\",Hostname=\"" + host + "\",} 1.0\n",
                        "HandlerTime{ModelName=\"halves\",Level=\"Model\",Hostname=\"" + host + "\",} ");
        assertThat(page.lines().filter(line -> line.startsWith("# TYPE")).map(line -> line.split(" ", -1)[2]))
                .contains(
                        "Requests2XX",
                        "Requests5XX",
                        "ts_inference_latency_microseconds",
                        "ts_queue_latency_microseconds",
                        "QueueTime",
                        "WorkerThreadTime",
                        "PredictionTime",
                        "WorkerLoadTime",
                        "CPUUtilization",
                        "MemoryUsed",
                        "MemoryAvailable",
                        "MemoryUtilization",
                        "DiskUsage",
                        "DiskUtilization",
                        "DiskAvailable")
                .doesNotHaveDuplicates();
        String chosen = TorchServeServers.send(
                        server, Front.TORCHSERVE_METRICS, "GET", "/metrics?name[]=Requests2XX&name%5B%5D=QueueTime", "")
                .body();
        assertThat(chosen.lines().filter(line -> line.startsWith("# TYPE")))
                .as(chosen)
                .hasSize(2);
    }

    @Test
    void anArchiveIsFetchedAndGoesWithItsModel() throws Exception {
        byte[] archive = Files.readAllBytes(store.resolve("halves.mar"));
        HttpServer files = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        files.createContext("/", exchange -> {
            if (exchange.getRequestURI().getPath().startsWith("/moved/")) {
                exchange.getResponseHeaders().add("Location", "/other/x.mar");
                exchange.sendResponseHeaders(302, -1);
            } else {
                exchange.sendResponseHeaders(
                        exchange.getRequestURI().getPath().contains("none") ? 404 : 200, archive.length);
                try (OutputStream body = exchange.getResponseBody()) {
                    body.write(archive);
                }
            }
            exchange.close();
        });
        files.start();
        try {
            String host = "http://127.0.0.1:" + files.getAddress().getPort();
            Map<String, String> properties = Map.of(
                    "allowed_urls",
                    host + "/(models|moved)/.*",
                    "max_archive_download_size",
                    Integer.toString(archive.length),
                    "load_models",
                    host + "/models/start.mar");
            start(properties, false);
            restart();
            assertThat(store.resolve("start.mar"))
                    .as("fetched, and taken again by the next start")
                    .exists();
            Server server = start(properties, false);
            assertThat(register(server, host + "/models/f.mar", "fetched"))
                    .contains("registered with 0 initial workers");
            assertThat(store.resolve("f.mar")).exists();
            assertThat(register(server, host + "/models/f.mar", "again")).contains("Model file already exists f.mar");
            assertThat(TorchServeServers.send(server, Front.TORCHSERVE_MANAGEMENT, "DELETE", "/models/fetched", "")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(store.resolve("f.mar")).doesNotExist();
            assertThat(register(server, host + "/elsewhere/f.mar", "x")).contains("InvalidArchiveURLException");
            assertThat(register(server, host + "/moved/f.mar", "x"))
                    .contains("InvalidArchiveURLException", "/other/x.mar");
            assertThat(register(server, "file:///etc/hosts", "x")).contains("InvalidArchiveURLException");
            assertThat(register(server, host + "/models/none.mar", "x"))
                    .contains("DownloadArchiveException", "expected status 200, got 404");
            try (var entries = Files.list(store)) {
                assertThat(entries.map(Path::getFileName).map(Path::toString))
                        .containsExactlyInAnyOrder("halves.mar", "start.mar");
            }
        } finally {
            files.stop(0);
        }
    }

    @Test
    void anArchiveAboveTheLimitIsNotKept() throws Exception {
        HttpServer files = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        files.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(new byte[1000]);
            } catch (IOException e) {
                // The client has gone.
            }
        });
        files.start();
        try {
            Server server = start(Map.of("max_archive_download_size", "999"), false);
            assertThat(register(server, "http://127.0.0.1:" + files.getAddress().getPort() + "/big.mar", "x"))
                    .contains("DownloadArchiveException", "it is larger than 999 bytes");
            assertThat(store.resolve("big.mar")).doesNotExist();
            assertThat(store.resolve(".big.mar.part")).doesNotExist();
        } finally {
            files.stop(0);
        }
    }

    private static String register(Server server, String url, String name) throws Exception {
        return TorchServeServers.send(
                        server,
                        Front.TORCHSERVE_MANAGEMENT,
                        "POST",
                        "/models",
                        "{\"url\": \"" + url + "\", \"model_name\": \"" + name + "\"}",
                        "Content-Type",
                        "application/json")
                .body();
    }

    @Test
    void aNamedStartupModelThatIsMissingEndsTheStart() {
        assertThatThrownBy(() -> TorchServeServers.start(folder, store, "none.mar"))
                .isInstanceOf(StartException.class)
                .hasMessage("the start-up models cannot be registered: Model not found at: none.mar");
    }

    @Test
    void ofAllModelsThoseAreServedThatCanBe() throws Exception {
        Files.writeString(store.resolve("broken.mar"), "no archive");
        TorchServeServers.archive(store, "python.mar", "python", "1.0", "handler.py", "");
        Server server = start(Map.of(), false);
        JsonNode models =
                JSON.readTree(TorchServeServers.send(server, Front.TORCHSERVE_MANAGEMENT, "GET", "/models", "")
                        .body());
        assertThat(models.at("/models")).hasSize(1);
        String refused = register(server, "python.mar", "p");
        assertThat(refused)
                .contains("\"code\": 400", "InvalidModelException", "handler.py", "is Python, which is not run here");
    }

    @Test
    void listsArePaged() throws Exception {
        for (String name : List.of("a", "b")) {
            TorchServeServers.archive(store, name + ".mar", name, "1.0");
        }
        Server server = start(Map.of(), false);
        JsonNode first =
                JSON.readTree(TorchServeServers.send(server, Front.TORCHSERVE_MANAGEMENT, "GET", "/models?limit=2", "")
                        .body());
        assertThat(first.at("/models")).hasSize(2);
        assertThat(first.at("/nextPageToken").asText()).isEqualTo("2");
        JsonNode last = JSON.readTree(TorchServeServers.send(
                        server, Front.TORCHSERVE_MANAGEMENT, "GET", "/models?limit=2&next_page_token=2", "")
                .body());
        assertThat(last.at("/models/0/modelName").asText()).isEqualTo("halves");
        assertThat(last.has("nextPageToken")).isFalse();
    }

    @Test
    void answersHaveTheHeadersThatAreConfigured() throws Exception {
        Server server = start(
                Map.of(
                        "cors_allowed_origin", "https://page",
                        "cors_allowed_methods", "GET, POST",
                        "cors_allowed_headers", "X-A"),
                false);
        HttpResponse<String> response = TorchServeServers.send(server, Front.TORCHSERVE_INFERENCE, "GET", "/ping", "");
        assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).contains("https://page");
        assertThat(response.headers().firstValue("Access-Control-Allow-Methods"))
                .contains("GET, POST");
        assertThat(response.headers().firstValue("Access-Control-Allow-Headers"))
                .contains("X-A");
    }
}
