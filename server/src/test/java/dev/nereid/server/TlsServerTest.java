package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.server.config.Front;
import dev.nereid.server.tls.ClientTls;
import dev.nereid.server.tls.SelfSigned;
import dev.nereid.server.watch.WatchedFiles;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers whose three ports have TLS, while the files of their certificates change. */
@Timeout(120)
class TlsServerTest {
    private static final List<Front> PORTS = List.of(Front.HTTP, Front.GRPC, Front.METRICS);

    @TempDir
    private static Path made;

    private static SelfSigned first;
    private static SelfSigned second;
    private static SelfSigned client;
    private static SelfSigned stranger;
    /** Both of the server's. */
    private static Path trusted;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeFiles() throws Exception {
        first = SelfSigned.make(made, "first", "localhost");
        second = SelfSigned.make(made, "second", "localhost");
        client = SelfSigned.make(made, "client");
        stranger = SelfSigned.make(made, "stranger");
        trusted = Files.writeString(
                made.resolve("trusted.pem"),
                Files.readString(first.certificate()) + Files.readString(second.certificate()));
    }

    /** Puts a pair where the server reads it, as Kubernetes does: by one link, which is replaced. */
    private void show(SelfSigned pair) throws IOException {
        Path data = Files.createTempDirectory(folder, "..version");
        Files.copy(pair.certificate(), data.resolve("tls.crt"));
        Files.copy(pair.key(), data.resolve("tls.key"));
        Path link = Files.createSymbolicLink(folder.resolve("..data_tmp"), data.getFileName());
        Files.move(link, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        for (String name : List.of("tls.crt", "tls.key")) {
            if (!Files.isSymbolicLink(folder.resolve(name))) {
                Files.createSymbolicLink(folder.resolve(name), Path.of("..data", name));
            }
        }
    }

    private Server start(String... more) {
        List<String> flags = new ArrayList<>(
                List.of("--tls-cert=" + folder.resolve("tls.crt"), "--tls-key=" + folder.resolve("tls.key")));
        flags.addAll(List.of(more));
        return Server.start(RunningServers.config(folder, flags.toArray(String[]::new)));
    }

    private static SSLContext context(Optional<SelfSigned> identity) {
        return new ClientTls(
                        identity.map(own -> new ClientTls.Identity(own.certificate(), own.key())),
                        Optional.of(trusted),
                        Optional.empty(),
                        Optional.empty())
                .context();
    }

    /** The certificate that a port shows to a client; fails where the server does not take the client. */
    private static Certificate shown(Server server, Front front, SSLContext context) throws IOException {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket(
                        InetAddress.getLoopbackAddress(), server.port(front).orElseThrow())) {
            socket.setSoTimeout(20_000);
            if (front == Front.GRPC) {
                var parameters = socket.getSSLParameters();
                parameters.setApplicationProtocols(new String[] {"h2"});
                socket.setSSLParameters(parameters);
            }
            socket.startHandshake();
            // With TLS 1.3 a client learns that it is refused when it reads.
            String request = front == Front.GRPC
                    ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
                    : "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isNotNegative();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    private static void assertShows(Server server, SelfSigned pair) throws Exception {
        Certificate expected;
        try (var in = Files.newInputStream(pair.certificate())) {
            expected = CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        for (Front front : PORTS) {
            SSLContext context = context(Optional.empty());
            Until.until("a port shows the certificate: " + front, () -> {
                try {
                    return shown(server, front, context).equals(expected);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    private static String metrics(Server server, HttpClient https) throws Exception {
        return get(server, Front.METRICS, https, "/metrics").body();
    }

    private static HttpResponse<String> get(Server server, Front front, HttpClient https, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create("https://localhost:" + server.port(front).orElseThrow() + path);
        return https.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpClient https() {
        return HttpClient.newBuilder().sslContext(context(Optional.empty())).build();
    }

    private static ManagedChannel channel(Server server) throws IOException {
        return NettyChannelBuilder.forAddress(
                        "localhost",
                        server.port(Front.GRPC).orElseThrow(),
                        TlsChannelCredentials.newBuilder()
                                .trustManager(trusted.toFile())
                                .build())
                .build();
    }

    private static boolean isLive(ManagedChannel channel) {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .serverLive(ServerLiveRequest.getDefaultInstance())
                .getLive();
    }

    @Test
    void allPortsShowAnotherCertificateSoonAndOpenConnectionsGoOn() throws Exception {
        show(first);
        Server server = start();
        HttpClient open = https();
        ManagedChannel channel = channel(server);
        try (HttpClient scraper = https()) {
            assertShows(server, first);
            assertThat(get(server, Front.HTTP, open, "/v2/health/live").statusCode())
                    .isEqualTo(200);
            assertThat(isLive(channel)).isTrue();
            show(second);
            long start = System.nanoTime();
            assertShows(server, second);
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(5)); // two for the files
            assertThat(get(server, Front.HTTP, open, "/v2/health/live").statusCode())
                    .isEqualTo(200);
            assertThat(isLive(channel)).isTrue();
            assertThat(metrics(server, scraper))
                    .contains("nereid_tls_certificate_not_after_seconds{certificate=\"" + folder.resolve("tls.crt")
                            + "\"} ")
                    .contains("nereid_tls_reload_total{result=\"success\"} 1\n")
                    .contains("nereid_tls_reload_total{result=\"failure\"} 0\n");
        } finally {
            open.shutdownNow();
            channel.shutdownNow();
            assertThat(server.stop()).isTrue();
        }
    }

    @Test
    void noCallFailsWhileCertificatesAreSwapped() throws Exception {
        show(first);
        Server server = start();
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger calls = new AtomicInteger();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> load = new ArrayList<>();
        for (boolean grpc : new boolean[] {false, true}) {
            load.add(Thread.ofPlatform().start(() -> {
                try {
                    while (!over.get()) { // each on a connection of its own
                        call(server, grpc);
                        calls.incrementAndGet();
                    }
                } catch (Exception | AssertionError e) {
                    failures.add(e);
                }
            }));
        }
        try {
            for (SelfSigned pair : List.of(second, first, second)) {
                show(pair);
                assertShows(server, pair);
            }
        } finally {
            over.set(true);
            for (Thread thread : load) {
                thread.join();
            }
            assertThat(server.stop()).isTrue();
        }
        assertThat(failures).isEmpty();
        assertThat(calls.get()).isGreaterThan(20);
    }

    private static void call(Server server, boolean grpc) throws Exception {
        if (grpc) {
            ManagedChannel channel = channel(server);
            try {
                assertThat(isLive(channel)).isTrue();
            } finally {
                channel.shutdownNow();
            }
            return;
        }
        HttpClient https = https();
        try {
            assertThat(get(server, Front.HTTP, https, "/v2/health/live").statusCode())
                    .isEqualTo(200);
        } finally {
            https.shutdownNow();
        }
    }

    @Test
    void halfOfAPairLeavesTheOldOneAndIsToldOnce() throws Exception {
        Path certificate = Files.copy(first.certificate(), folder.resolve("tls.crt"));
        Path key = Files.copy(first.key(), folder.resolve("tls.key"));
        Server server = start();
        try (HttpClient https = https();
                CapturedLog log = CapturedLog.of(WatchedFiles.class)) {
            Files.copy(second.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
            String line = "TLS: what was read before stays in force: TLS needs the private key of certificate '"
                    + certificate + "', got '" + key + "', which is the key of another one";
            log.await(line);
            Thread.sleep(1500); // further looks
            assertThat(log.lines()).containsExactly(line);
            assertShows(server, first);
            assertThat(metrics(server, https)).contains("nereid_tls_reload_total{result=\"failure\"} 1\n");
            Files.copy(second.key(), key, StandardCopyOption.REPLACE_EXISTING);
            assertShows(server, second);
            Files.writeString(certificate, "garbage");
            Until.until("the file is refused", () -> log.lines().size() == 3);
            assertThat(log.lines().getLast())
                    .startsWith("TLS: what was read before stays in force: TLS needs certificates as a PEM file, got '"
                            + certificate);
            assertShows(server, second);
        } finally {
            assertThat(server.stop()).isTrue();
        }
    }

    @Test
    void clientsMustShowACertificateOnEachPortWhereTheyAreToldTo() throws Exception {
        show(first);
        Path authority = Files.copy(client.certificate(), folder.resolve("ca.crt"));
        Server server = start("--tls-client-ca=" + authority, "--metrics-use-ssl-mutual=false");
        try {
            SSLContext known = context(Optional.of(client));
            for (Front front : List.of(Front.HTTP, Front.GRPC)) {
                assertThat(shown(server, front, known)).isNotNull();
                for (Optional<SelfSigned> other : List.of(Optional.<SelfSigned>empty(), Optional.of(stranger))) {
                    assertThatThrownBy(() -> shown(server, front, context(other)))
                            .as("%s %s", front, other)
                            .isInstanceOf(IOException.class);
                }
            }
            assertThat(shown(server, Front.METRICS, context(Optional.empty()))).isNotNull();

            Files.copy(stranger.certificate(), authority, StandardCopyOption.REPLACE_EXISTING);
            Until.until("the other authority is trusted", () -> isTaken(server, context(Optional.of(stranger))));
            for (Front front : List.of(Front.HTTP, Front.GRPC)) {
                assertThatThrownBy(() -> shown(server, front, known)) // has sessions that it could resume
                        .as("%s", front)
                        .isInstanceOf(IOException.class);
            }
        } finally {
            assertThat(server.stop()).isTrue();
        }
    }

    @Test
    void rulesKnowClientsByTheirCertificates() throws Exception {
        show(first);
        Path authorities = Files.writeString(
                folder.resolve("ca.crt"),
                Files.readString(client.certificate()) + Files.readString(stranger.certificate()));
        Path policy = Files.writeString(folder.resolve("policy.yaml"), "rules: [{principals: [client]}]");
        Server server = start("--tls-client-ca=" + authorities, "--access-policy=" + policy);
        try {
            for (SelfSigned who : List.of(client, stranger)) {
                boolean known = who.equals(client);
                HttpClient https = HttpClient.newBuilder()
                        .sslContext(context(Optional.of(who)))
                        .build();
                ManagedChannel channel = NettyChannelBuilder.forAddress(
                                "localhost",
                                server.port(Front.GRPC).orElseThrow(),
                                TlsChannelCredentials.newBuilder()
                                        .trustManager(trusted.toFile())
                                        .keyManager(
                                                who.certificate().toFile(),
                                                who.key().toFile())
                                        .build())
                        .build();
                try {
                    HttpResponse<String> answer = get(server, Front.HTTP, https, "/v2");
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(known ? 200 : 403);
                    if (known) {
                        assertThat(isLive(channel)).isTrue();
                    } else {
                        assertThatThrownBy(() -> isLive(channel))
                                .hasMessageStartingWith("PERMISSION_DENIED: 'stranger'");
                    }
                } finally {
                    https.shutdownNow();
                    channel.shutdownNow();
                }
            }
        } finally {
            assertThat(server.stop()).isTrue();
        }
    }

    private static boolean isTaken(Server server, SSLContext context) {
        try {
            return !shown(server, Front.HTTP, context).getType().isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void onlyTheVersionsAndCipherSuitesAreSpokenThatAreAskedFor() throws Exception {
        show(first);
        Server server = start("--tls-min-version=1.3", "--tls-ciphers=TLS_AES_256_GCM_SHA384");
        try {
            for (Front front : PORTS) {
                assertThat(agreed(server, front, "TLSv1.3", "TLS_AES_256_GCM_SHA384"))
                        .isEqualTo("TLS_AES_256_GCM_SHA384");
                assertThatThrownBy(() -> agreed(server, front, "TLSv1.3", "TLS_AES_128_GCM_SHA256"))
                        .isInstanceOf(IOException.class);
                assertThatThrownBy(() -> agreed(server, front, "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"))
                        .isInstanceOf(IOException.class);
            }
        } finally {
            assertThat(server.stop()).isTrue();
        }
        assertThatThrownBy(() -> start("--tls-ciphers=TLS_NONE"))
                .hasMessageContaining("TLS needs cipher suites that this JDK has")
                .hasMessageContaining("got TLS_NONE");
    }

    private static String agreed(Server server, Front front, String version, String cipher) throws IOException {
        try (SSLSocket socket = (SSLSocket) context(Optional.empty())
                .getSocketFactory()
                .createSocket(
                        InetAddress.getLoopbackAddress(), server.port(front).orElseThrow())) {
            var parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {version});
            parameters.setCipherSuites(new String[] {cipher});
            if (front == Front.GRPC) {
                parameters.setApplicationProtocols(new String[] {"h2"});
            }
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket.getSession().getCipherSuite();
        }
    }
}
