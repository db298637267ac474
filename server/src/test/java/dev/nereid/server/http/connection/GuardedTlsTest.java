package dev.nereid.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.Until;
import dev.nereid.server.tls.LoadedTls;
import dev.nereid.server.tls.SelfSigned;
import dev.nereid.server.tls.ServerTls;
import dev.nereid.server.tls.TlsConfig;
import dev.nereid.server.tls.TlsWatch;
import dev.nereid.server.watch.FileWatch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the guard keeps of connections that are still at their handshake. */
@Timeout(60)
class GuardedTlsTest {
    @TempDir
    private Path folder;

    @Test
    void theHandshakeMayTakeTenSecondsAtMost() {
        HttpLimits limits = HttpLimits.DEFAULT;
        assertThat(limits.handshakeTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(limits.withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(2))
                        .handshakeTimeout())
                .isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void aHandshakeThatFailedIsForgottenBeforeItsDeadline() throws Exception {
        SelfSigned own = SelfSigned.make(folder, "localhost");
        try (FileWatch files = new FileWatch();
                ConnectionGuard guard = new ConnectionGuard(HttpLimits.DEFAULT);
                ServerSocket listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Supplier<LoadedTls> loaded =
                    new TlsWatch(files).open(TlsConfig.of(new ServerTls.Pem(own.certificate(), own.key())));
            GuardedTls tls = new GuardedTls(loaded, guard);
            try (Socket client = new Socket(listening.getInetAddress(), listening.getLocalPort())) {
                Socket accepted = listening.accept();
                client.getOutputStream().write(new byte[200]);
                SSLSocket secured = (SSLSocket) tls.context()
                        .getSocketFactory()
                        .createSocket(accepted, new ByteArrayInputStream(new byte[0]), true);
                assertThat(guard.size()).isEqualTo(1);
                assertThatThrownBy(secured::startHandshake).isInstanceOf(IOException.class);
                accepted.close(); // as the web server does
                long start = System.nanoTime();
                Until.until("the guard has forgotten it", () -> guard.size() == 0);
                assertThat(System.nanoTime() - start)
                        .isLessThan(Duration.ofSeconds(5).toNanos());
            }
        }
    }
}
