package dev.nereid.server.grpc;

import dev.nereid.server.tls.PemFiles;
import dev.nereid.server.tls.PrivateKeyFile;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What the gRPC front shows to its clients, and asks of them. The JDK's own TLS does the work.
 *
 * @param certificate PEM file of the server's certificate, with those between it and the authority behind it
 * @param key PEM file of the certificate's private key, without a password
 * @param clientAuthority PEM file of the authority whose certificates clients must show; where it is absent they need none
 */
public record GrpcTls(Path certificate, Path key, Optional<Path> clientAuthority) {
    public GrpcTls {
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(clientAuthority, "clientAuthority");
    }

    /**
     * Makes sure that the files hold what they should, a certificate that is valid now and its key.
     *
     * @throws IllegalArgumentException with a sentence that names the file that does not
     */
    public void check() {
        context();
        PemFiles.checkPair(certificate, key);
    }

    SslContext context() {
        readable("certificate", certificate);
        readable("key", key);
        clientAuthority.ifPresent(file -> readable("authority of the clients", file));
        try (InputStream certificates = Files.newInputStream(certificate)) {
            InputStream pem = new ByteArrayInputStream(PrivateKeyFile.read(key).getBytes(StandardCharsets.US_ASCII));
            SslContextBuilder builder = SslContextBuilder.forServer(certificates, pem);
            GrpcSslContexts.configure(builder, SslProvider.JDK);
            if (clientAuthority.isPresent()) {
                builder.trustManager(clientAuthority.get().toFile()).clientAuth(ClientAuth.REQUIRE);
            }
            return builder.build();
        } catch (IllegalArgumentException | IOException e) {
            throw new IllegalArgumentException(
                    "gRPC cannot serve with TLS by certificate '" + certificate + "' and key '" + key + "'"
                            + clientAuthority
                                    .map(file -> " for clients of '" + file + "'")
                                    .orElse("")
                            + ": " + reason(e),
                    e);
        }
    }

    private static void readable(String what, Path file) {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new IllegalArgumentException("gRPC cannot serve with TLS: expected the " + what
                    + " as a PEM file, got '" + file + "', which cannot be read");
        }
    }

    private static String reason(Exception e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }
}
