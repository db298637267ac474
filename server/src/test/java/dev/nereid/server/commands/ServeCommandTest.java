package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.server.CapturedLog;
import dev.nereid.server.RunningServers;
import dev.nereid.server.Server;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.config.StartException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What {@code nereid serve} says before there is a server. */
class ServeCommandTest {
    @TempDir
    Path folder;

    @Test
    @Tag("found-25")
    void withoutARepositoryItSaysWhatToGive() {
        ParsedFlags flags = new FlagParser(ServeFlags.all()).parse(List.of("--http-port=0"));
        assertThatThrownBy(() -> ServeCommand.roots(flags, LoggerFactory.getLogger(ServeCommandTest.class)))
                .isInstanceOf(StartException.class)
                .hasMessage(
                        "error: creating server: Invalid argument - --model-repository must be specified: nereid serve "
                                + "--model-repository=<folder with models>, or nereid serve FILE.onnx");
    }

    @Test
    @Tag("found-32")
    void aMissingRepositoryIsToldBeforeAnythingElseIsDone() {
        Path missing = folder.resolve("models");
        ServerConfig config = RunningServers.plainConfig(missing);
        try (CapturedLog kernels = CapturedLog.of(KernelSelection.class);
                CapturedLog server = CapturedLog.of(Server.class)) {
            assertThatThrownBy(() -> Server.start(config))
                    .isInstanceOf(StartException.class)
                    .hasMessage("error: creating server: Internal - failed to stat file " + missing
                            + ": the model repository does not exist");
            assertThat(kernels.lines()).isEmpty();
            assertThat(server.lines()).isEmpty();
        }
    }
}
