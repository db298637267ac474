package dev.nereid.server.config;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.grpc.GrpcTls;
import java.nio.file.Path;
import java.util.Optional;

/** Reads how gRPC is served with TLS. As in Triton {@code --grpc-use-ssl-mutual} turns it on, whatever its value. */
final class TlsFlags {
    private static final String ON = "grpc-use-ssl";
    private static final String MUTUAL = "grpc-use-ssl-mutual";
    private static final String CERTIFICATE = "grpc-server-cert";
    private static final String KEY = "grpc-server-key";
    private static final String AUTHORITY = "grpc-root-cert";

    private TlsFlags() {}

    /**
     * Reads the flags; empty where gRPC is served in the clear.
     *
     * @throws CommandLineException if a file that is needed is not named, or files are named without TLS
     */
    static Optional<GrpcTls> read(ParsedFlags flags) {
        boolean mutual = flags.bool(MUTUAL, false);
        if (!flags.bool(ON, false) && flags.text(MUTUAL).isEmpty()) {
            for (String file : new String[] {CERTIFICATE, KEY, AUTHORITY}) {
                if (flags.text(file).filter(path -> !path.isEmpty()).isPresent()) {
                    throw CommandLineException.badOption(
                            file, "It has a meaning only with --" + ON + "; without it gRPC is served in the clear.");
                }
            }
            return Optional.empty();
        }
        Optional<Path> authority = mutual ? Optional.of(file(flags, AUTHORITY)) : Optional.empty();
        return Optional.of(new GrpcTls(file(flags, CERTIFICATE), file(flags, KEY), authority));
    }

    private static Path file(ParsedFlags flags, String flag) {
        return flags.text(flag)
                .filter(path -> !path.isEmpty())
                .map(Path::of)
                .orElseThrow(
                        () -> CommandLineException.badOption(flag, "TLS needs it: expected a PEM file, got none."));
    }
}
