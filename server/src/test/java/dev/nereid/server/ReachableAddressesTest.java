package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.config.ServerConfigReader;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("found-7")
class ReachableAddressesTest {
    private static List<String> lines(String... flags) {
        return ReachableAddresses.lines(ServerConfigReader.read(
                new FlagParser(ServeFlags.all()).parse(List.of(flags)),
                List.of(new RepositoryRoot.Local(Path.of("models"))),
                Map.of()));
    }

    @Test
    void whatListensEverywhereIsSaidToBeReachedFromEveryNetwork() {
        assertThat(lines())
                .singleElement()
                .asString()
                .startsWith("HTTP, GRPC, metrics can be reached from every network of this machine, at ")
                .contains("127.0.0.1")
                .endsWith("; for this machine alone: --http-address=127.0.0.1 --grpc-address=127.0.0.1");
    }

    @Test
    void eachAddressHasItsSentence() {
        assertThat(lines("--http-address=localhost", "--grpc-address=::", "--metrics-address=192.0.2.7"))
                .satisfiesExactly(
                        http -> assertThat(http).isEqualTo("HTTP can be reached from this machine alone, at localhost"),
                        grpc -> assertThat(grpc)
                                .startsWith("GRPC can be reached from every network of this machine, at ")
                                .endsWith("; for this machine alone: --grpc-address=127.0.0.1"),
                        metrics ->
                                assertThat(metrics).isEqualTo("metrics can be reached from the networks of 192.0.2.7"));
    }

    @Test
    void theFlagsOfHttpReachItsCheck() {
        var config = ServerConfigReader.read(
                new FlagParser(ServeFlags.all())
                        .parse(List.of("--http-allowed-host=a.example", "--http-allowed-host=b.example")),
                List.of(new RepositoryRoot.Local(Path.of("models"))),
                Map.of());
        assertThat(config.http().hosts().names()).containsExactlyInAnyOrder("a.example", "b.example");
        assertThat(config.metrics().hosts()).isEqualTo(config.http().hosts());
    }
}
