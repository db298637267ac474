package dev.nereid.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.tls.ServerTls;
import dev.nereid.server.tls.TlsConfig;
import dev.nereid.server.tls.TlsVersion;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TlsFlagsTest {
    private static final List<String> PORTS = List.of("http", "grpc", "metrics");

    private static Optional<TlsConfig> read(String port, String... arguments) {
        return TlsFlags.read(new FlagParser(ServeFlags.all()).parse(List.of(arguments)), port);
    }

    private static TlsConfig tls(String certificate, String key, Optional<String> authority) {
        return TlsConfig.of(new ServerTls.Pem(Path.of(certificate), Path.of(key)), authority.map(Path::of));
    }

    @Test
    void thereIsNoneUnlessAskedFor() {
        for (String port : PORTS) {
            assertThat(read(port)).isEmpty();
            assertThat(read(port, "--" + port + "-use-ssl=false")).isEmpty();
            assertThatThrownBy(() -> read(port, "--" + port + "-server-cert=c"))
                    .isInstanceOf(CommandLineException.class)
                    .hasMessageContaining("It has a meaning only with --" + port + "-use-ssl");
        }
        for (String file : List.of("--tls-key=k", "--tls-client-ca=a")) {
            assertThatThrownBy(() -> read("http", file))
                    .isInstanceOf(CommandLineException.class)
                    .hasMessageContaining("It has a meaning only with --tls-cert.");
        }
    }

    @Test
    void flagsOfAllPortsAreForEachThatDoesNotSayOtherwise() {
        String[] all = {"--tls-cert=c", "--tls-key=k", "--tls-client-ca=a"};
        for (String port : PORTS) {
            assertThat(read(port, all)).contains(tls("c", "k", Optional.of("a")));
            assertThat(read(port, all[0], all[1])).contains(tls("c", "k", Optional.empty()));
            assertThat(read(port, all[0], all[1], all[2], "--" + port + "-use-ssl=false"))
                    .isEmpty();
            assertThat(read(port, all[0], all[1], all[2], "--" + port + "-use-ssl-mutual=false"))
                    .contains(tls("c", "k", Optional.empty()));
            String[] own = {
                all[0],
                all[1],
                all[2],
                "--" + port + "-server-cert=c2",
                "--" + port + "-server-key=k2",
                "--" + port + "-root-cert=a2"
            };
            assertThat(read(port, own)).contains(tls("c2", "k2", Optional.of("a2")));
        }
    }

    @Test
    void flagsOfOnePortAreEnoughForIt() {
        for (String port : PORTS) {
            String[] own = {"--" + port + "-use-ssl=true", "--" + port + "-server-cert=c", "--" + port + "-server-key=k"
            };
            assertThat(read(port, own)).contains(tls("c", "k", Optional.empty()));
            assertThatThrownBy(() -> read(port, own[0], own[1]))
                    .hasMessageContaining("--" + port + "-server-key")
                    .hasMessageContaining("TLS needs it: expected a PEM file, got none.");
        }
        assertThat(read("http", "--grpc-use-ssl=true", "--grpc-server-cert=c", "--grpc-server-key=k"))
                .isEmpty();
    }

    @Test
    void versionsAndCipherSuitesAreForAllPorts() {
        TlsConfig read = read(
                        "metrics", "--tls-cert=c", "--tls-key=k", "--tls-min-version=1.3", "--tls-ciphers=ONE, OTHER")
                .orElseThrow();
        assertThat(read.minimum()).isEqualTo(TlsVersion.TLS_1_3);
        assertThat(read.ciphers()).containsExactly("ONE", "OTHER");
        assertThatThrownBy(() -> read("http", "--tls-cert=c", "--tls-key=k", "--tls-min-version=1.1"))
                .hasMessageContaining("Expected 1.2 or 1.3. Got 1.1");
    }
}
