package dev.nereid.server;

import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.javamodel.ModelJar;
import dev.nereid.server.torchserve.RegisteredModels;
import dev.nereid.server.torchserve.TorchServeConfig;
import dev.nereid.server.torchserve.TorchServeProperties;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Servers with TorchServe's fronts on free ports, over archives that are made here. */
final class TorchServeServers {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Map<String, String> ANY_PORTS = Map.of(
            "inference_address", "http://127.0.0.1:0",
            "management_address", "http://127.0.0.1:0",
            "metrics_address", "http://127.0.0.1:0",
            "grpc_inference_port", "0",
            "grpc_management_port", "0");

    private TorchServeServers() {}

    /** Writes the archive of a model that halves two numbers: handler base_handler with envelope json. */
    static Path archive(Path folder, String file, String name, String version) throws IOException {
        return archive(folder, file, name, version, "base_handler", "\"envelope\":\"json\",");
    }

    /** Writes an archive with more members in its manifest. */
    static Path archive(Path folder, String file, String name, String version, String handler, String more)
            throws IOException {
        GraphWriter halves = new GraphWriter()
                .input("x", DataType.FLOAT, -1, 2)
                .output("y", DataType.FLOAT, -1, 2)
                .constant("half", List.of(), 0.5)
                .node("Mul", "y", "x", "half");
        return archive(folder, file, name, version, halves, handler, more);
    }

    /** Writes an archive of any model. */
    static Path archive(
            Path folder, String file, String name, String version, GraphWriter graph, String handler, String more)
            throws IOException {
        Path model = Files.createTempDirectory(folder, "onnx");
        graph.write(model);
        Path archive = folder.resolve(file);
        try (OutputStream stream = Files.newOutputStream(archive);
                ZipOutputStream zip = new ZipOutputStream(stream)) {
            zip.putNextEntry(new ZipEntry("MAR-INF/MANIFEST.json"));
            zip.write(
                    ("{\"createdOn\":\"01/01/2026 00:00:00\",\"runtime\":\"python\",\"model\":{\"modelName\":\"" + name
                                    + "\",\"serializedFile\":\"model.onnx\",\"handler\":\"" + handler + "\"," + more
                                    + "\"modelVersion\":\"" + version + "\"},\"archiverVersion\":\"0.12.0\"}")
                            .getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry("model.onnx"));
            zip.write(Files.readAllBytes(model.resolve("model.onnx")));
        }
        Files.delete(model.resolve("model.onnx"));
        Files.delete(model);
        return archive;
    }

    /** Writes an archive whose handler is a class of the package {@code com.acme}, with a file of settings. */
    static Path javaArchive(Path folder, String file, String name, String code, String yaml) throws IOException {
        Path jar = Files.createDirectories(folder.resolve("../jars/" + name).normalize())
                .resolve("handler.jar");
        ModelJar.write(jar, Map.of("com.acme.Handler", """
                package com.acme;

                import dev.nereid.server.model.JavaModel;
                import dev.nereid.server.model.ModelRequest;
                import dev.nereid.server.model.ModelResponse;
                import dev.nereid.server.model.Tensors;
                import dev.nereid.server.protocol.InferException;
                import dev.nereid.tensor.Shape;
                import java.util.HashMap;
                import java.util.List;
                import java.util.Map;

                public class Handler implements JavaModel {
                    private final Map<String, Integer> sums = new HashMap<>();

                    private static ModelResponse answer(String text) {
                        return new ModelResponse().output("answer", Tensors.ofStrings(Shape.of(1), List.of(text)));
                    }

                    @Override
                    public void execute(List<ModelRequest> requests) {
                        for (ModelRequest request : requests) {
                            execute(request, Tensors.strings(request.input("data")).getFirst());
                        }
                    }

                    private void execute(ModelRequest request, String data) {
                        CODE
                    }
                }
                """.replace("CODE", code)));
        Path archive = folder.resolve(file);
        try (OutputStream stream = Files.newOutputStream(archive);
                ZipOutputStream zip = new ZipOutputStream(stream)) {
            zip.putNextEntry(new ZipEntry("MAR-INF/MANIFEST.json"));
            zip.write(("{\"runtime\":\"python\",\"model\":{\"modelName\":\"" + name
                            + "\",\"serializedFile\":\"handler.jar\",\"handler\":\"com.acme.Handler\","
                            + "\"configFile\":\"model-config.yaml\",\"modelVersion\":\"1.0\"}}")
                    .getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry("model-config.yaml"));
            zip.write(yaml.getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry("handler.jar"));
            zip.write(Files.readAllBytes(jar));
        }
        return archive;
    }

    /** Starts a server; its keys and snapshots are in {@code home}. The caller stops it. */
    static Server start(Path home, Map<String, String> properties, boolean snapshots) throws IOException {
        Map<String, String> all = new HashMap<>(ANY_PORTS);
        all.putAll(properties);
        Path workspace = Files.createDirectories(home.resolve("workspace"));
        Files.createDirectories(RegisteredModels.folder(workspace));
        TorchServeConfig torch = new TorchServeProperties(Map.of(), all, Map.of()).config(workspace, home, snapshots);
        ServerConfig config = RunningServers.plainConfig(
                RegisteredModels.folder(workspace), "--model-control-mode=explicit", "--exit-on-error=false");
        return Server.start(config.withTorchServe(torch));
    }

    /** Starts a server without keys that lets models be registered. */
    static Server start(Path home, Path store, String loadModels) throws IOException {
        return start(
                home,
                Map.of(
                        "model_store",
                        store.toString(),
                        "load_models",
                        loadModels,
                        "disable_token_authorization",
                        "true",
                        "enable_model_api",
                        "true"),
                false);
    }

    static URI uri(Server server, Front front, String path) {
        return URI.create("http://127.0.0.1:" + server.port(front).orElseThrow() + path);
    }

    static HttpResponse<String> send(
            Server server, Front front, String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(server, front, path))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Waits until every model has its workers. */
    static void awaitHealthy(Server server) throws IOException, InterruptedException {
        Until.until("every model has its workers", () -> ping(server) == 200);
    }

    private static int ping(Server server) {
        try {
            return send(server, Front.TORCHSERVE_INFERENCE, "GET", "/ping", "").statusCode();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
