package dev.nereid.server.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.schedule.Clock;
import dev.nereid.server.tls.ClientTls;
import dev.nereid.server.tls.SelfSigned;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis behind TLS, whose certificate is for another name than the address that it is reached by. */
class RedisTlsTest {
    private static final Optional<String> NAME = Optional.of("redis.test");

    @TempDir
    Path folder;

    private SelfSigned redis;
    private SelfSigned client;

    @BeforeEach
    void make() throws Exception {
        redis = SelfSigned.make(folder, "redis.test");
        client = SelfSigned.make(folder, "client.test");
    }

    private static Optional<ClientTls.Identity> identity(SelfSigned own) {
        return Optional.of(new ClientTls.Identity(own.certificate(), own.key()));
    }

    private ClientTls trusting(SelfSigned authority) {
        return new ClientTls(Optional.empty(), Optional.of(authority.certificate()), Optional.empty(), NAME);
    }

    private FakeRedis start(boolean asksForClients) {
        ClientTls own =
                new ClientTls(identity(redis), Optional.of(client.certificate()), Optional.empty(), Optional.empty());
        return new FakeRedis(own.context(), asksForClients);
    }

    private static RedisCache connect(FakeRedis redis, ClientTls tls) {
        return RedisCache.connect(
                new CacheConfig.Redis(
                        "127.0.0.1",
                        redis.port(),
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(20),
                        2,
                        Duration.ofSeconds(5),
                        Optional.of(tls)),
                Clock.system());
    }

    private static void refuses(FakeRedis redis, ClientTls tls, String reason) {
        assertThatThrownBy(() -> connect(redis, tls).close())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Failed to initialize RedisCache: failed to connect to Redis (127.0.0.1:")
                .hasMessageContaining(reason);
        assertThat(redis.commands).isEmpty();
    }

    @Test
    void connectsToWhomItsAuthorityTrusts() {
        try (FakeRedis server = start(false);
                RedisCache cache = connect(server, trusting(redis))) {
            assertThat(server.commands).contains("PING");
            assertThat(cache.find(new CacheKey(cache.newOwner(() -> "model"), 1, 2, 3, 4)))
                    .isEmpty();
            assertThat(server.commands).contains("GET");
        }
    }

    @Test
    void showsWhoItIs() {
        ClientTls both = new ClientTls(identity(client), Optional.of(redis.certificate()), Optional.empty(), NAME);
        try (FakeRedis server = start(true)) {
            connect(server, both).close();
            assertThat(server.commands).contains("PING");
        }
        try (FakeRedis server = start(true)) {
            assertThatThrownBy(() -> connect(server, trusting(redis)).close())
                    .hasMessageStartingWith("Failed to initialize RedisCache: failed to connect to Redis");
            assertThat(server.commands).isEmpty();
        }
    }

    @Test
    void refusesAServerThatNobodyTrusts() {
        try (FakeRedis server = start(false)) {
            refuses(server, trusting(client), "unable to find valid certification path");
            refuses(
                    server,
                    new ClientTls(Optional.empty(), Optional.empty(), Optional.empty(), NAME),
                    "unable to find valid certification path");
        }
    }

    @Test
    void refusesACertificateForAnotherName() {
        try (FakeRedis server = start(false)) {
            refuses(
                    server,
                    new ClientTls(
                            Optional.empty(), Optional.of(redis.certificate()), Optional.empty(), Optional.empty()),
                    "127.0.0.1");
        }
    }

    @Test
    void aFolderMayHoldTheAuthorityAmongOtherFiles() throws Exception {
        Path authorities = Files.createDirectories(folder.resolve("authorities"));
        Files.copy(client.certificate(), authorities.resolve("another.pem"));
        Files.writeString(authorities.resolve("README"), "no certificate");
        ClientTls tls = new ClientTls(Optional.empty(), Optional.empty(), Optional.of(authorities), NAME);
        try (FakeRedis server = start(false)) {
            refuses(server, tls, "unable to find valid certification path");
            Files.copy(redis.certificate(), authorities.resolve("own.pem"));
            connect(server, tls).close();
            assertThat(server.commands).contains("PING");
        }
    }

    @Test
    void aFileThatHoldsSomethingElseIsNamed() throws Exception {
        Path text = Files.writeString(folder.resolve("text"), "text");
        Path none = folder.resolve("none");
        Path empty = Files.createDirectories(folder.resolve("empty"));
        names(
                new ClientTls(Optional.empty(), Optional.of(none), Optional.empty(), NAME),
                "TLS needs certificates as a PEM file, got '" + none + "': there is none");
        names(
                new ClientTls(Optional.empty(), Optional.of(text), Optional.empty(), NAME),
                "TLS needs certificates as a PEM file, got '" + text + "': ");
        names(
                new ClientTls(Optional.empty(), Optional.empty(), Optional.of(empty), NAME),
                "TLS needs certificates in a folder, got '" + empty + "': it holds none");
        names(
                new ClientTls(
                        Optional.of(new ClientTls.Identity(client.certificate(), text)),
                        Optional.empty(),
                        Optional.empty(),
                        NAME),
                "TLS needs a private key as a PEM file, got '" + text + "': it holds no 'BEGIN PRIVATE KEY'");
    }

    private static void names(ClientTls tls, String sentence) {
        assertThatThrownBy(tls::context)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(sentence);
    }
}
