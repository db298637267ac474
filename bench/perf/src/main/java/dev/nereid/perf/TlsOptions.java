package dev.nereid.perf;

import dev.nereid.perf.client.TlsMaterial;
import dev.nereid.perf.client.TlsMaterial.KeyFile;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The flags for TLS: of HTTP, where the server's URL begins with {@code https://}, and of gRPC. */
@SuppressWarnings({"FieldMayBeFinal", "CanBeFinal"})
final class TlsOptions {
    private static final Path NONE = Path.of("");
    private static final int VERIFY_HOST = 2;

    @Option(
            names = "--ssl-https-verify-peer",
            paramLabel = "0|1",
            defaultValue = "1",
            description = "Whether the server's certificate has to be trusted (default 1).")
    int verifyPeer = 1;

    @Option(
            names = "--ssl-https-verify-host",
            paramLabel = "0|1|2",
            defaultValue = "2",
            description = "Whether it has to be made out for the server's name: 2, or not: 0 or 1 (default 2).")
    int verifyHost = VERIFY_HOST;

    @Option(
            names = "--ssl-https-ca-certificates-file",
            paramLabel = "FILE",
            description = "Certificates to trust over HTTPS, PEM.")
    Path httpsRoots = NONE;

    @Option(
            names = "--ssl-https-client-certificate-file",
            paramLabel = "FILE",
            description = "The client's certificate over HTTPS.")
    Path httpsCertificate = NONE;

    @Option(
            names = "--ssl-https-client-certificate-type",
            paramLabel = "PEM|DER",
            defaultValue = "PEM",
            description = "Its form.")
    String httpsCertificateType = "PEM";

    @Option(
            names = "--ssl-https-private-key-file",
            paramLabel = "FILE",
            description = "The client's private key over HTTPS, PKCS#8.")
    Path httpsKey = NONE;

    @Option(
            names = "--ssl-https-private-key-type",
            paramLabel = "PEM|DER",
            defaultValue = "PEM",
            description = "Its form.")
    String httpsKeyType = "PEM";

    @Option(names = "--ssl-grpc-use-ssl", description = "Speak TLS over gRPC.")
    boolean grpc;

    @Option(
            names = "--ssl-grpc-root-certifications-file",
            paramLabel = "FILE",
            description = "Certificates to trust over gRPC, PEM.")
    Path grpcRoots = NONE;

    @Option(
            names = "--ssl-grpc-private-key-file",
            paramLabel = "FILE",
            description = "The client's private key over gRPC, PEM.")
    Path grpcKey = NONE;

    @Option(
            names = "--ssl-grpc-certificate-chain-file",
            paramLabel = "FILE",
            description = "The client's certificates over gRPC, PEM.")
    Path grpcCertificate = NONE;

    void check() {
        Checks.oneOf("--ssl-https-client-certificate-type", httpsCertificateType, "PEM", "DER");
        Checks.oneOf("--ssl-https-private-key-type", httpsKeyType, "PEM", "DER");
        Checks.within("--ssl-https-verify-peer", verifyPeer, 0, 1);
        Checks.within("--ssl-https-verify-host", verifyHost, 0, VERIFY_HOST);
        Checks.refuseIf(
                given(httpsKey).isPresent() != given(httpsCertificate).isPresent(),
                "--ssl-https-private-key-file and --ssl-https-client-certificate-file: expected both or neither");
        Checks.refuseIf(
                given(grpcKey).isPresent() != given(grpcCertificate).isPresent(),
                "--ssl-grpc-private-key-file and --ssl-grpc-certificate-chain-file: expected both or neither");
        Checks.refuseIf(
                !grpc && (given(grpcRoots).isPresent() || given(grpcKey).isPresent()),
                "files for TLS over gRPC go with --ssl-grpc-use-ssl");
    }

    /** For a server whose URL begins with {@code https://}. */
    TlsMaterial https() {
        return new TlsMaterial(
                verifyPeer != 0,
                verifyHost == VERIFY_HOST,
                given(httpsRoots),
                given(httpsCertificate).map(path -> new KeyFile(path, httpsCertificateType.equals("DER"))),
                given(httpsKey).map(path -> new KeyFile(path, httpsKeyType.equals("DER"))));
    }

    /** For gRPC. */
    TlsMaterial grpc() {
        return new TlsMaterial(
                true,
                true,
                given(grpcRoots),
                given(grpcCertificate).map(path -> new KeyFile(path, false)),
                given(grpcKey).map(path -> new KeyFile(path, false)));
    }

    private static Optional<Path> given(Path path) {
        return path.equals(NONE) ? Optional.empty() : Optional.of(path);
    }
}
