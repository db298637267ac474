package dev.nereid.server;

import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.config.Front;
import dev.nereid.server.config.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that keep what their kernels cost. */
class PlanCacheServerTest {
    @TempDir
    private Path folder;

    private Path plans() {
        return folder.resolve("plans");
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(plans())) {
            return files.toList();
        }
    }

    private void startAndStop() throws IOException {
        try (RunningServers servers = new RunningServers(folder.resolve("models"))) {
            servers.writeSimple("");
            Server server = servers.start("--kernels=vector", "--plan-cache-dir=" + plans());
            assertThat(send(server, Front.HTTP, "/v2/models/simple/infer", RunningServers.simpleRequest("")))
                    .contains("\"data\":[2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32]");
        }
    }

    @Test
    void secondStartReadsWhatTheFirstHasMeasured() throws IOException {
        startAndStop();
        assertThat(files()).hasSize(1);
        Path file = files().getFirst();
        String measured = Files.readString(file);
        startAndStop();
        assertThat(files()).containsExactly(file);
        assertThat(file).hasContent(measured);

        Files.writeString(file, measured.replaceFirst("value-nanos=.*", "value-nanos=much"));
        assertThatThrownBy(this::startAndStop)
                .isInstanceOf(StartException.class)
                .hasMessageStartingWith("error: --plan-cache-dir '" + plans() + "': " + file + ", ")
                .hasMessageEndingWith("value-nanos: expected nanoseconds of at least 0, got much");
    }

    @Test
    void folderThatIsAFileEndsTheStart() throws IOException {
        Files.writeString(plans(), "no folder");
        assertThatThrownBy(this::startAndStop)
                .isInstanceOf(StartException.class)
                .hasMessageStartingWith("error: --plan-cache-dir '" + plans()
                        + "': expected a folder in which files can be made, got ");
    }
}
