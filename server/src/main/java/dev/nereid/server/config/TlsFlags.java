package dev.nereid.server.config;

import static dev.nereid.server.cli.Flag.active;
import static dev.nereid.server.cli.FlagKind.BOOLEAN;
import static dev.nereid.server.cli.FlagKind.PATH;
import static dev.nereid.server.cli.FlagKind.TEXT;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagGroup;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.tls.ServerTls;
import dev.nereid.server.tls.TlsConfig;
import dev.nereid.server.tls.TlsVersion;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads which fronts have TLS: flags of all fronts, and those of each, which win. Triton has them for gRPC alone; as there
 * {@code --grpc-use-ssl-mutual} turns it on, whatever its value, and so do its twins.
 */
final class TlsFlags {
    private static final String CERTIFICATE = "tls-cert";
    private static final String KEY = "tls-key";
    private static final String AUTHORITY = "tls-client-ca";
    private static final String MINIMUM = "tls-min-version";
    private static final String CIPHERS = "tls-ciphers";

    private TlsFlags() {}

    /** The flags of all fronts, and those of the fronts for which Triton has none. */
    static List<FlagGroup> groups() {
        return List.of(
                FlagGroup.of(
                        "TLS of HTTP, gRPC and metrics",
                        active(
                                CERTIFICATE,
                                PATH,
                                "PEM file of the certificate: all ports have TLS, but those with --http-use-ssl=false, "
                                        + "--grpc-use-ssl=false or --metrics-use-ssl=false. Files are read again when "
                                        + "they change. Flags of one port have precedence. Default: none."),
                        active(KEY, PATH, "PEM file of the certificate's key, without a password."),
                        active(
                                AUTHORITY,
                                PATH,
                                "PEM file of authorities; clients must show a certificate of one of them. Default: none; "
                                        + "clients need no certificate."),
                        active(MINIMUM, TEXT, "Oldest version of TLS that is spoken: 1.2 or 1.3. Default: 1.2."),
                        active(
                                CIPHERS,
                                TEXT,
                                "Cipher suites that are offered, by the JDK's names, with commas between them. Default: "
                                        + "the JDK's choice.")),
                front("http", "HTTP"),
                front("metrics", "metrics"));
    }

    /** The twins of Triton's flags for gRPC. */
    private static FlagGroup front(String prefix, String title) {
        return FlagGroup.of(
                "TLS of " + title,
                active(
                        prefix + "-use-ssl",
                        BOOLEAN,
                        "Serve " + title + " with TLS. Default: whether there is --tls-cert."),
                active(
                        prefix + "-use-ssl-mutual",
                        BOOLEAN,
                        "Ask clients for a certificate; turns TLS on with any value. Default: whether there is "
                                + "--tls-client-ca."),
                active(prefix + "-server-cert", PATH, "PEM file of the certificate. Default: --tls-cert."),
                active(prefix + "-server-key", PATH, "PEM file of the certificate's key. Default: --tls-key."),
                active(
                        prefix + "-root-cert",
                        PATH,
                        "PEM file of the authorities whose certificates clients show. Default: --tls-client-ca."));
    }

    /**
     * Reads the flags; empty where a front is served in the clear.
     *
     * @param prefix of the front's own flags
     * @throws CommandLineException if a file that is needed is not named, or files are named without TLS
     */
    static Optional<TlsConfig> read(ParsedFlags flags, String prefix) {
        String on = prefix + "-use-ssl";
        String mutual = prefix + "-use-ssl-mutual";
        checkTogether(flags);
        boolean wanted = flags.text(mutual).isPresent()
                || flags.bool(on, file(flags, CERTIFICATE).isPresent());
        if (!wanted) {
            for (String name : List.of("-server-cert", "-server-key", "-root-cert")) {
                if (file(flags, prefix + name).isPresent()) {
                    throw CommandLineException.badOption(
                            prefix + name,
                            "It has a meaning only with --" + on + "; without it " + title(prefix)
                                    + " is served in the clear.");
                }
            }
            return Optional.empty();
        }
        boolean asked = flags.bool(mutual, file(flags, AUTHORITY).isPresent());
        return Optional.of(new TlsConfig(
                new ServerTls.Pem(
                        file(flags, prefix + "-server-cert", CERTIFICATE), file(flags, prefix + "-server-key", KEY)),
                asked ? Optional.of(file(flags, prefix + "-root-cert", AUTHORITY)) : Optional.empty(),
                minimum(flags),
                ciphers(flags)));
    }

    private static String title(String prefix) {
        return switch (prefix) {
            case "grpc" -> "gRPC";
            case "http" -> "HTTP";
            default -> prefix;
        };
    }

    /** Files of all fronts that are of no use without their certificate. */
    private static void checkTogether(ParsedFlags flags) {
        for (String name : List.of(KEY, AUTHORITY)) {
            if (file(flags, name).isPresent() && file(flags, CERTIFICATE).isEmpty()) {
                throw CommandLineException.badOption(name, "It has a meaning only with --" + CERTIFICATE + ".");
            }
        }
    }

    private static Optional<Path> file(ParsedFlags flags, String flag) {
        return flags.text(flag).filter(path -> !path.isEmpty()).map(Path::of);
    }

    private static Path file(ParsedFlags flags, String own, String all) {
        return file(flags, own)
                .or(() -> file(flags, all))
                .orElseThrow(() -> CommandLineException.badOption(
                        file(flags, CERTIFICATE).isPresent() ? all : own,
                        "TLS needs it: expected a PEM file, got none."));
    }

    private static TlsVersion minimum(ParsedFlags flags) {
        String text = flags.text(MINIMUM).orElse("1.2");
        return TlsVersion.find(text)
                .orElseThrow(() -> CommandLineException.badOption(MINIMUM, "Expected 1.2 or 1.3. Got " + text));
    }

    private static List<String> ciphers(ParsedFlags flags) {
        return Arrays.stream(flags.text(CIPHERS).orElse("").split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }
}
