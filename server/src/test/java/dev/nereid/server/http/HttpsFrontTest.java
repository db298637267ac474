package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.extension.Extensions;
import dev.nereid.server.http.connection.HttpLimits;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.tls.ClientTls;
import dev.nereid.server.tls.SelfSigned;
import dev.nereid.server.tls.ServerTls;
import dev.nereid.server.tls.TlsConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP front with TLS. */
@Timeout(60)
class HttpsFrontTest {
    /** Long: a first handshake loads many classes. */
    private static final HttpLimits LIMITS = limits(Duration.ofSeconds(50));

    @TempDir
    private static Path folder;

    private static HttpFront front;
    /** Cuts off clients that send nothing for a few seconds. */
    private static HttpFront impatient;

    private static SSLContext trusting;

    /** Counted down when a client that hung up was noticed. */
    private static final CountDownLatch HUNG_UP = new CountDownLatch(1);

    @BeforeAll
    static void start() throws Exception {
        SelfSigned own = SelfSigned.make(folder, "localhost");
        trusting = new ClientTls(Optional.empty(), Optional.of(own.certificate()), Optional.empty(), Optional.empty())
                .context();
        TlsConfig served = TlsConfig.of(new ServerTls.Pem(own.certificate(), own.key()));
        front = listen(served, LIMITS);
        impatient = listen(served, limits(Duration.ofSeconds(4)));
    }

    private static HttpLimits limits(Duration stall) {
        return new HttpLimits(1 << 20, 1 << 20, 8192, 65_536, 100, stall, stall, 1 << 20);
    }

    private static HttpFront listen(TlsConfig served, HttpLimits limits) {
        return HttpFront.listen(
                HttpConfig.of("127.0.0.1", 0, "https").withLimits(limits).withTls(Optional.of(served)),
                new Echo(),
                Extensions.none().withRequests(RequestBudget.unlimited()));
    }

    /** Answers each request with its body, or waits until its client is gone. */
    private static final class Echo implements Router {
        @Override
        public String title() {
            return "echo";
        }

        @Override
        public Optional<Routes.Match> find(String path, String method, Function<String, Optional<String>> header) {
            return Optional.of(Routes.Match.always(path.equals("/wait") ? Echo::await : Echo::echo));
        }

        private static void echo(Exchange exchange) {
            exchange.respondUntyped(200, new RequestBodies(LIMITS).whole(exchange));
        }

        private static void await(Exchange exchange) {
            exchange.onHangUp(HUNG_UP::countDown);
            try {
                assertThat(HUNG_UP.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.respondUntyped(200, new byte[0]);
        }
    }

    @AfterAll
    static void stop() {
        assertThat(front.stop(Duration.ofSeconds(10))).isTrue();
        assertThat(impatient.stop(Duration.ofSeconds(10))).isTrue();
    }

    private static HttpResponse<byte[]> send(HttpClient client, byte[] body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("https://localhost:" + front.port() + "/"))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private static SSLSocket connect(HttpFront to) throws IOException {
        SSLSocket socket =
                (SSLSocket) trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), to.port());
        socket.startHandshake();
        return socket;
    }

    @Test
    void requestsSmallAndLargeAreAnswered() throws Exception {
        try (HttpClient client = HttpClient.newBuilder().sslContext(trusting).build()) {
            for (int size : new int[] {0, 1, 20_000, 900_000}) {
                byte[] body = new byte[size];
                Arrays.fill(body, (byte) size);
                assertThat(send(client, body).body()).isEqualTo(body);
            }
        }
    }

    @Test
    void aClientThatDoesNotTrustTheCertificateGetsNothing() {
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThatThrownBy(() -> send(client, new byte[1])).isInstanceOf(SSLException.class);
        }
    }

    @Test
    void aConnectionEndsAsTlsWantsIt() throws Exception {
        try (SSLSocket socket = connect(front)) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            // Reading to the end fails where the other side has not said that it ends.
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 200 OK\r\n");
        }
    }

    @Test
    void aClientThatDoesNotShakeHandsIsCutOff() throws Exception {
        try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), impatient.port());
                Socket slow = new Socket(InetAddress.getLoopbackAddress(), impatient.port())) {
            slow.getOutputStream().write(new byte[] {22, 3, 1});
            assertThat(end(silent.getInputStream())).isTrue();
            assertThat(end(slow.getInputStream())).isTrue();
        }
    }

    @Test
    void aClientThatSpeaksInTheClearIsCutOff() throws Exception {
        try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), front.port())) {
            plain.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(end(plain.getInputStream())).isTrue();
        }
    }

    @Test
    void aRequestThatDoesNotComeToItsEndIsCutOff() throws Exception {
        try (SSLSocket socket = connect(impatient)) {
            socket.getOutputStream()
                    .write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(end(socket.getInputStream())).isTrue();
        }
    }

    /** Reads until the connection ends, whichever way. */
    private static boolean end(InputStream stream) {
        try {
            stream.readAllBytes();
            return true;
        } catch (IOException e) {
            return true; // reset
        }
    }

    @Test
    void aClientThatHangsUpIsNoticed() throws Exception {
        try (SSLSocket socket = connect(front)) {
            socket.getOutputStream().write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            Thread.sleep(100);
        }
        assertThat(HUNG_UP.await(10, TimeUnit.SECONDS)).isTrue();
    }
}
