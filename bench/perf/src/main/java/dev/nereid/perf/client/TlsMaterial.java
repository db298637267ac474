package dev.nereid.perf.client;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * What a client trusts and shows when it speaks TLS.
 *
 * @param verifyPeer whether the server's certificate has to be trusted
 * @param verifyHost whether it has to be made out for the server's name
 * @param roots certificates that are trusted, PEM; empty for those of the JDK
 * @param certificate the client's own, with {@code key}; empty for none
 */
public record TlsMaterial(
        boolean verifyPeer,
        boolean verifyHost,
        Optional<Path> roots,
        Optional<KeyFile> certificate,
        Optional<KeyFile> key) {
    /** A certificate or a private key in a file: PEM, or DER. */
    public record KeyFile(Path path, boolean der) {
        private InputStream pem(String kind) throws IOException {
            byte[] bytes = Files.readAllBytes(path);
            return new ByteArrayInputStream(der ? wrapped(kind, bytes) : bytes);
        }

        private static byte[] wrapped(String kind, byte[] bytes) {
            String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
            return ("-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n")
                    .getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** For HTTP. */
    public SSLContext forHttp() {
        SslContext context = build(SslContextBuilder.forClient().sslProvider(SslProvider.JDK));
        return ((JdkSslContext) context).context();
    }

    /** For gRPC, which is HTTP/2. */
    public SslContext forGrpc() {
        return build(GrpcSslContexts.forClient());
    }

    private SslContext build(SslContextBuilder builder) {
        try {
            builder.trustManager(new PeerTrust(roots, verifyPeer, verifyHost));
            if (certificate.isPresent() && key.isPresent()) {
                try (InputStream chain = certificate.get().pem("CERTIFICATE");
                        InputStream secret = key.get().pem("PRIVATE KEY")) {
                    builder.keyManager(chain, secret);
                }
            }
            return builder.build();
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException("TLS: " + reason(e), e);
        }
    }

    private static String reason(Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }
}
