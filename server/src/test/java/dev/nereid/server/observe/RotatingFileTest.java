package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotatingFileTest {
    private static final int LINE_BYTES = 4;

    @TempDir
    private Path folder;

    private void write(int from, int to) throws IOException {
        try (RotatingFile file = new RotatingFile(folder.resolve("log"), 2 * LINE_BYTES, 2)) {
            for (int i = from; i < to; i++) {
                file.write("%03d\n".formatted(i).getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private String read(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    @Test
    void aFullFileIsKeptUnderANumberAndTheOldestGoes() throws IOException {
        write(0, 7);

        assertThat(read("log")).isEqualTo("006\n");
        assertThat(read("log.1")).isEqualTo("004\n005\n");
        assertThat(read("log.2")).isEqualTo("002\n003\n");
        assertThat(folder.resolve("log.3")).doesNotExist();
    }

    @Test
    void aFileThatIsThereGoesOn() throws IOException {
        write(0, 1);
        write(1, 2);
        assertThat(read("log")).isEqualTo("000\n001\n");

        write(2, 3);
        assertThat(read("log")).isEqualTo("002\n");
        assertThat(read("log.1")).isEqualTo("000\n001\n");
    }

    @Test
    void aFileThatCannotBeMovedGoesOn() throws IOException {
        Files.createDirectories(folder.resolve("log.1").resolve("full"));
        Files.createDirectories(folder.resolve("log.2").resolve("full"));
        write(0, 2);
        try (RotatingFile file = new RotatingFile(folder.resolve("log"), 2 * LINE_BYTES, 2)) {
            byte[] line = "002\n".getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> file.write(line)).isInstanceOf(IOException.class);
            file.write(line);
        }

        assertThat(read("log")).isEqualTo("000\n001\n002\n");
    }
}
