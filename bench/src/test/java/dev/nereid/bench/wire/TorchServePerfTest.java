package dev.nereid.bench.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.bench.startup.ServerProcess;
import dev.nereid.perf.PerfMain;
import dev.nereid.server.Server;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.config.ServerConfigReader;
import dev.nereid.server.repository.folders.RepositoryRoot;
import dev.nereid.server.torchserve.RegisteredModels;
import dev.nereid.server.torchserve.TorchServeProperties;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code nereid perf --service-kind=torchserve} against the server's own fronts for TorchServe. */
class TorchServePerfTest {
    private static final int REQUESTS = 40;

    @TempDir
    private Path folder;

    @Test
    void filesAreSentToAModelOfTorchServe() throws Exception {
        Path archive = Files.createDirectories(folder.resolve("store").resolve(WirePayloads.ONNX_MODEL));
        Files.createDirectories(archive.resolve("MAR-INF"));
        Files.writeString(archive.resolve("MAR-INF/MANIFEST.json"), WirePayloads.MANIFEST);
        Files.write(archive.resolve("model.onnx"), WirePayloads.onnx());
        Path body = Files.write(
                folder.resolve("body.json"),
                WirePayloads.torchServeJson("small", 16).body());
        Path data = Files.writeString(
                folder.resolve("data.json"), "{\"data\": [{\"TORCHSERVE_INPUT\": [\"" + body + "\"]}]}");
        Path export = folder.resolve("export.json");
        Server server = start();
        try {
            server.startup().join();
            awaitHealthy();
            assertThat(PerfMain.run(
                            "-m",
                            WirePayloads.ONNX_MODEL,
                            "--service-kind=torchserve",
                            "-u",
                            place,
                            "--input-data=" + data,
                            "--request-count=" + REQUESTS,
                            "--progress=never",
                            "--profile-export-file=" + export))
                    .isZero();
            JsonNode exported = new ObjectMapper().readTree(export.toFile());
            assertThat(exported.path("service_kind").asText()).isEqualTo("torchserve");
            assertThat(exported.at("/experiments/0/requests").size()).isGreaterThanOrEqualTo(REQUESTS);
            String metrics = get("/metrics?name[]=ts_inference_requests_total").body();
            assertThat(metrics.lines()
                            .filter(line -> line.startsWith("ts_inference_requests_total{"))
                            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                            .sum())
                    .as(metrics)
                    .isGreaterThanOrEqualTo(REQUESTS);
            String failed = get("/metrics?name[]=Requests5XX").body();
            assertThat(failed.lines().filter(line -> line.startsWith("Requests5XX{")))
                    .allMatch(line -> line.endsWith(" 0.0") || line.endsWith("} " + unhealthy + ".0"));
        } finally {
            assertThat(server.stop()).isTrue();
        }
    }

    /** Where the server listens. */
    private String place = "";

    /** Answers of a ping before the model was there, which count too. */
    private int unhealthy;

    private Server start() throws Exception {
        Path workspace = Files.createDirectory(folder.resolve("workspace"));
        Path models = Files.createDirectories(RegisteredModels.folder(workspace));
        place = "127.0.0.1:" + ServerProcess.freePort();
        String address = "http://" + place;
        TorchServeProperties properties = new TorchServeProperties(
                Map.of(),
                Map.of(
                        "inference_address",
                        address,
                        "management_address",
                        address,
                        "metrics_address",
                        address,
                        "grpc_inference_port",
                        "0",
                        "grpc_management_port",
                        "0",
                        "metrics_mode",
                        "prometheus",
                        "disable_token_authorization",
                        "true",
                        "model_store",
                        folder.resolve("store").toString(),
                        "load_models",
                        WirePayloads.ONNX_MODEL),
                Map.of());
        return Server.start(ServerConfigReader.read(
                        new FlagParser(ServeFlags.all()).parse(List.of("--model-control-mode=explicit")),
                        List.of(new RepositoryRoot.Local(models)),
                        Map.of())
                .withTorchServe(properties.config(workspace, folder, false)));
    }

    private HttpResponse<String> get(String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://" + place + path.replace("[]", "%5B%5D")))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private void awaitHealthy() throws Exception {
        for (int i = 0; i < 600; i++) {
            if (get("/ping").statusCode() == 200) {
                return;
            }
            unhealthy++;
            Thread.sleep(50);
        }
        throw new AssertionError("the model has no workers after 30 s");
    }
}
