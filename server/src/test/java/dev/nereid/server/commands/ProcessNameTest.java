package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProcessNameTest {
    private static final Path NAME = Path.of("/proc/self/comm");

    @Test
    void isWhatListsOfProcessesShow() throws IOException {
        assumeTrue(Files.exists(NAME), "there is no Linux to ask for names");
        String before = Files.readString(NAME).strip();

        ProcessName.set("tritonserver");

        assertThat(Files.readString(NAME)).isEqualTo("tritonserver\n");
        ProcessName.set(before);
    }
}
