package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.config.ServerConfigReader;
import dev.nereid.server.repository.folders.RepositoryRoot;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Whole servers on free loopback ports over one repository, and an HTTP client for them. */
public final class RunningServers implements AutoCloseable {
    private static final Path EXAMPLES = Path.of("../models/examples");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path repository;
    private final List<Server> started = new ArrayList<>();

    public RunningServers(Path repository) {
        this.repository = repository;
    }

    /** The configuration of a server in explicit mode with these flags more. */
    public static ServerConfig config(Path repository, String... more) {
        List<String> flags = new ArrayList<>(List.of("--model-control-mode=explicit", "--load-model=*"));
        flags.addAll(List.of(more));
        return plainConfig(repository, flags.toArray(String[]::new));
    }

    /** The configuration of a server with these flags alone. */
    public static ServerConfig plainConfig(Path repository, String... more) {
        return plainConfig(List.of(new RepositoryRoot.Local(repository)), more);
    }

    /** The configuration of a server over these repositories with these flags alone. */
    public static ServerConfig plainConfig(List<RepositoryRoot> repositories, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--http-address=127.0.0.1",
                "--grpc-address=127.0.0.1",
                "--http-port=0",
                "--grpc-port=0",
                "--metrics-port=0"));
        arguments.addAll(List.of(more));
        ParsedFlags flags = new FlagParser(ServeFlags.all()).parse(arguments);
        return ServerConfigReader.read(flags, repositories);
    }

    /** Starts a server and waits until every model is loaded. */
    public Server start(String... more) {
        Server server = Server.start(config(repository, more));
        started.add(server);
        assertThat(server.startup().orTimeout(5, TimeUnit.MINUTES).join()).isEmpty();
        return server;
    }

    /** Writes a model without a file. */
    void write(String name, String config) {
        ModelFolders.write(repository, name, config);
    }

    /** Writes the example model {@code simple} with more in its config. */
    void writeSimple(String more) throws IOException {
        write("simple", Files.readString(EXAMPLES.resolve("simple/config.pbtxt")) + more);
        Files.copy(
                EXAMPLES.resolve("simple/1/model.onnx"),
                repository.resolve("simple/1/model.onnx"),
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** Where a server listens. */
    public static int port(Server server, Front front) {
        return server.port(front).orElseThrow();
    }

    /** The body of a good answer; a POST where there is something to send. */
    public static String send(Server server, Front front, String path, String body) {
        HttpResponse<String> response = exchange(server, front, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    static HttpResponse<String> exchange(Server server, Front front, String path, String body) {
        URI uri = URI.create("http://127.0.0.1:" + server.port(front).orElseThrow() + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        HttpClient client = HttpClient.newHttpClient();
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            client.shutdownNow(); // close() would wait without a limit
        }
    }

    /** A request to {@code simple} for the sum of 1 to 16 with itself, with more in its JSON. */
    static String simpleRequest(String more) {
        return "{%s\"inputs\":[%s,%s],\"outputs\":[{\"name\":\"OUTPUT0\"}]}"
                .formatted(more, input("INPUT0"), input("INPUT1"));
    }

    private static String input(String name) {
        return "{\"name\":\"%s\",\"datatype\":\"INT32\",\"shape\":[1,16],\"data\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]}"
                .formatted(name);
    }

    /** A request to {@code simple} over gRPC, for the sum of zeros. */
    static ModelInferRequest.Builder simpleMessage() {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName("simple");
        for (String name : new String[] {"INPUT0", "INPUT1"}) {
            request.addInputsBuilder()
                    .setName(name)
                    .setDatatype("INT32")
                    .addShape(1)
                    .addShape(16);
            request.addRawInputContents(ByteString.copyFrom(new byte[64]));
        }
        return request;
    }

    /** A connection to the gRPC front, which the caller shuts down. */
    static ManagedChannel channel(Server server) {
        return NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.port(Front.GRPC).orElseThrow())
                .usePlaintext()
                .build();
    }

    static JsonNode statistics(Server server, String model) throws IOException {
        return JSON.readTree(send(server, Front.HTTP, "/v2/models/" + model + "/stats", ""))
                .at("/model_stats/0");
    }

    @Override
    public void close() {
        started.forEach(server -> assertThat(server.stop()).isTrue());
    }
}
