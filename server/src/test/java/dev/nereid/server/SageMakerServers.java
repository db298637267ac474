package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.config.ServerConfigReader;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Whole servers that SageMaker alone reaches, and a client for them. */
final class SageMakerServers implements AutoCloseable {
    /** What the type of a body with binary data begins with; the bytes of JSON follow. */
    static final String BINARY = "application/vnd.sagemaker-triton.binary+json;json-header-size=";

    private final Path repository;
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Server> started = new ArrayList<>();

    SageMakerServers(Path repository) {
        this.repository = repository;
    }

    /** Starts a server as Triton's script does, and returns when every start-up model has been tried. */
    Server start(Map<String, String> environment, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--http-address=127.0.0.1",
                "--allow-http=false",
                "--allow-grpc=false",
                "--allow-metrics=false",
                "--allow-sagemaker=true",
                "--sagemaker-port=0",
                "--model-control-mode=explicit"));
        arguments.addAll(List.of(more));
        Server server = Server.start(ServerConfigReader.read(
                new FlagParser(ServeFlags.all()).parse(arguments),
                List.of(new RepositoryRoot.Local(repository)),
                environment));
        started.add(server);
        server.startup().join();
        return server;
    }

    HttpResponse<byte[]> sendBytes(Server server, String method, String path, byte[] body, String... headers) {
        int port = server.port(Front.SAGEMAKER).orElseThrow();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<byte[]> send(Server server, String method, String path, String body, String... headers) {
        return sendBytes(server, method, path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    /** The body of a good answer. */
    static String good(HttpResponse<byte[]> answer) {
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
        return text(answer);
    }

    /** The length of the JSON that an answer with binary data says. */
    static int jsonBytes(HttpResponse<byte[]> answer) {
        String type = answer.headers().firstValue("Content-Type").orElse("");
        assertThat(type).startsWith(BINARY);
        return Integer.parseInt(type.substring(BINARY.length()));
    }

    @Override
    public void close() {
        client.close();
        started.forEach(server -> assertThat(server.stop()).isTrue());
    }
}
