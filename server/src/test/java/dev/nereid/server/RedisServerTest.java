package dev.nereid.server;

import static dev.nereid.server.RunningServers.plainConfig;
import static dev.nereid.server.RunningServers.send;
import static dev.nereid.server.RunningServers.statistics;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.StartException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole servers that share a real Redis, where this machine has one; the cases of Triton's suite L0_response_cache for it. */
class RedisServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CACHED = "response_cache { enable: true }\n";
    private static final String SUM = RunningServers.simpleRequest("");

    @TempDir
    Path folder;

    private Path repository;
    private RunningServers servers;
    private int port;
    private final List<Process> processes = new ArrayList<>();

    /** Answers whether there is a Redis on this machine; says so where there is none. */
    private boolean isInstalled() {
        boolean installed = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "redis-server")));
        if (!installed) {
            System.out.println("skipped: there is no redis-server on this machine");
        }
        return installed;
    }

    private void startRedis(String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "redis-server",
                "--bind",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--save",
                "",
                "--dir",
                folder.toString()));
        command.addAll(List.of(more));
        processes.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("redis.log").toFile())
                .start());
        for (int i = 0; i < 500; i++) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
        throw new IOException(Files.readString(folder.resolve("redis.log")));
    }

    private void stopRedis() throws InterruptedException {
        for (Process process : processes) {
            process.destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        processes.clear();
    }

    @BeforeEach
    void prepare() throws IOException {
        repository = Files.createDirectory(folder.resolve("models"));
        servers = new RunningServers(repository);
        servers.writeSimple(CACHED);
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        servers.close();
        stopRedis();
    }

    private String[] cache(String... settings) {
        List<String> flags =
                new ArrayList<>(List.of("--cache-config=redis,host=127.0.0.1", "--cache-config=redis,port=" + port));
        for (String setting : settings) {
            flags.add("--cache-config=redis," + setting);
        }
        return flags.toArray(String[]::new);
    }

    private static int sum(Server server) throws IOException {
        String answer = send(server, Front.HTTP, "/v2/models/simple/infer", SUM);
        return JSON.readTree(answer).at("/outputs/0/data/15").intValue();
    }

    /** Asks until the answer comes from the cache, to which it is sent without waiting. */
    private static void awaitHit(Server server) throws IOException {
        for (int i = 0; i < 1000; i++) {
            assertThat(sum(server)).isEqualTo(32);
            if (hits(server) > 0) {
                return;
            }
            LockSupport.parkNanos(10_000_000);
        }
        assertThat(hits(server)).isPositive();
    }

    private static int hits(Server server) throws IOException {
        return statistics(server, "simple")
                .at("/inference_stats/cache_hit/count")
                .intValue();
    }

    @Test
    void aServerAnswersWhatAnotherOneHasComputed() throws IOException, InterruptedException {
        if (!isInstalled()) {
            return;
        }
        startRedis();
        Server first = servers.start(cache());
        awaitHit(first);
        Server second = servers.start(cache());
        assertThat(sum(second)).isEqualTo(32);
        JsonNode statistics = statistics(second, "simple");
        assertThat(statistics.at("/inference_stats/cache_hit/count").intValue()).isEqualTo(1);
        assertThat(statistics.at("/inference_count").intValue()).isZero();
        assertThat(statistics.at("/inference_stats/success/count").intValue()).isEqualTo(1);
        assertThat(send(second, Front.METRICS, "/metrics", ""))
                .contains("nv_cache_num_hits_per_model{model=\"simple\",version=\"1\"} 1")
                .doesNotContain("nv_cache_util");
    }

    /** Another model of the same name and version has answers of its own. */
    @Test
    void aModelThatHasChangedHasNoAnswersOfTheOldOne() throws IOException, InterruptedException {
        if (!isInstalled()) {
            return;
        }
        startRedis();
        Server server = servers.start(cache());
        awaitHit(server);
        servers.writeSimple(CACHED + "parameters { key: 'x' value { string_value: 'y' } }\n");
        send(server, Front.HTTP, "/v2/repository/models/simple/load", "{}");
        int before = hits(server);
        assertThat(sum(server)).isEqualTo(32);
        assertThat(hits(server)).isEqualTo(before);
        servers.writeSimple(CACHED);
        send(server, Front.HTTP, "/v2/repository/models/simple/load", "{}");
        assertThat(sum(server)).isEqualTo(32);
        assertThat(hits(server)).isPositive();
    }

    @Test
    void requestsAreAnsweredWhileRedisIsGoneAndFromItWhenItIsBack() throws IOException, InterruptedException {
        if (!isInstalled()) {
            return;
        }
        startRedis();
        Server server = servers.start(cache());
        awaitHit(server);
        stopRedis();
        int before = hits(server);
        for (int i = 0; i < 20; i++) {
            assertThat(sum(server)).isEqualTo(32);
        }
        assertThat(hits(server)).isEqualTo(before);
        startRedis();
        for (int i = 0; i < 1000 && hits(server) == before; i++) {
            assertThat(sum(server)).isEqualTo(32);
            LockSupport.parkNanos(10_000_000);
        }
        assertThat(hits(server)).isGreaterThan(before);
    }

    @Test
    void whoHasThePasswordComesIn() throws IOException, InterruptedException {
        if (!isInstalled()) {
            return;
        }
        startRedis("--requirepass", "redis123!");
        awaitHit(servers.start(cache("password=redis123!", "db=3")));
        awaitHit(servers.start(cache("user=default", "password=redis123!")));
        assertThatThrownBy(() -> Server.start(plainConfig(repository, cache("password=wrong"))))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("WRONGPASS");
        assertThatThrownBy(() -> Server.start(plainConfig(repository, cache())))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("NOAUTH Authentication required");
    }
}
