package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.config.Front;
import dev.nereid.server.config.StartException;
import dev.nereid.server.tls.ClientTls;
import dev.nereid.server.tls.SelfSigned;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TorchServe's REST APIs with TLS, by its properties. */
class TorchServeTlsTest {
    @TempDir
    private Path folder;

    private SelfSigned own;

    @BeforeEach
    void makeFiles() throws Exception {
        own = SelfSigned.make(folder, "localhost");
        TorchServeServers.archive(Files.createDirectory(folder.resolve("store")), "halves.mar", "halves", "1.0");
    }

    private Server start(Map<String, String> properties) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "model_store",
                folder.resolve("store").toString(),
                "load_models",
                "halves.mar",
                "disable_token_authorization",
                "true",
                "management_address",
                "https://127.0.0.1:0"));
        all.putAll(properties);
        return TorchServeServers.start(folder, all, false);
    }

    private void assertServes(Map<String, String> properties) throws Exception {
        Server server = start(properties);
        try (HttpClient client = HttpClient.newBuilder()
                .sslContext(new ClientTls(
                                Optional.empty(), Optional.of(own.certificate()), Optional.empty(), Optional.empty())
                        .context())
                .build()) {
            TorchServeServers.awaitHealthy(server);
            HttpResponse<String> models = client.send(
                    HttpRequest.newBuilder(URI.create("https://localhost:"
                                    + server.port(Front.TORCHSERVE_MANAGEMENT).orElseThrow() + "/models"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(models.body()).contains("\"modelName\": \"halves\"");
            assertThat(TorchServeServers.send(server, Front.TORCHSERVE_INFERENCE, "GET", "/ping", "")
                            .statusCode())
                    .as("the others stay in the clear")
                    .isEqualTo(200);
        } finally {
            assertThat(server.stop()).isTrue();
        }
    }

    @Test
    void aCertificateAndItsKeyArePemFiles() throws Exception {
        assertServes(Map.of(
                "certificate_file", own.certificate().toString(),
                "private_key_file", own.key().toString()));
    }

    @Test
    void orAKeyStore() throws Exception {
        Path store = own.certificate().resolveSibling("store.p12");
        assertServes(Map.of("keystore", store.toString()));
        assertServes(Map.of("keystore", store.toString(), "keystore_pass", "changeit", "keystore_type", "pkcs12"));
    }

    @Test
    void filesThatCannotBeUsedEndTheStartWithASentence() {
        for (List<String> one : List.of(
                List.of("keystore", "/nowhere", "TLS needs a key store of type PKCS12, got '/nowhere': there is none"),
                List.of("keystore", own.key().toString(), "TLS needs a key store of type PKCS12, got '" + own.key()))) {
            assertThatThrownBy(() -> start(Map.of(one.get(0), one.get(1))))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining(one.get(2));
        }
        assertThatThrownBy(() -> start(Map.of(
                        "certificate_file", own.certificate().toString(),
                        "private_key_file", own.certificate().toString())))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("TLS needs a private key as a PEM file");
    }
}
