package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.cli.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TorchServeFlagsTest {
    /** The launcher prints the file without a JVM. */
    @Test
    void committedFileIsTheText() throws IOException {
        Path renewed = Files.writeString(
                Path.of("target/usage-torchserve.txt"), Usage.of(TorchServeFlags.SYNOPSIS, TorchServeFlags.all()));
        assertThat(Path.of("../docs/usage-torchserve.txt"))
                .as("docs/usage-torchserve.txt differs: copy server/target/usage-torchserve.txt over it")
                .hasSameTextualContentAs(renewed);
    }

    @Test
    void flagsSetProperties() {
        ParsedFlags flags = new FlagParser(TorchServeFlags.all())
                .parseWithOperands(List.of(
                        "--start",
                        "--model-store",
                        "/store",
                        "--models",
                        "a=a.mar",
                        "b.mar",
                        "--disable-token-auth",
                        "--enable-model-api"));
        assertThat(TorchServeFlags.properties(flags))
                .isEqualTo(Map.of(
                        "model_store", "/store",
                        "load_models", "a=a.mar,b.mar",
                        "disable_token_authorization", "true",
                        "enable_model_api", "true"));
    }
}
