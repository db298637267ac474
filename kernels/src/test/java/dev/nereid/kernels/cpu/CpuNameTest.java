package dev.nereid.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuNameTest {
    @TempDir
    private Path folder;

    private String text(String content) throws IOException {
        return CpuName.text(Files.writeString(folder.resolve("cpuinfo"), content));
    }

    @Test
    void firstProcessorSaysWhatItIs() throws IOException {
        assertThat(text("processor\t: 0\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\nstepping\t: 1\n"
                        + "cpu MHz\t: 2445\n\nprocessor\t: 1\nmodel name\t: other\n"))
                .isEqualTo("25 1 AMD EPYC 1");
        assertThat(text("processor\t: 0\nCPU implementer\t: 0x41\nCPU variant\t: 0x1\nCPU part\t: 0xd40\n"))
                .isEqualTo("0x41 0x1 0xd40");
    }

    @Test
    void whatSaysNothingIsUnknown() throws IOException {
        assertThat(text("")).isEqualTo("unknown");
        assertThat(text("flags\t: fpu\n")).isEqualTo("unknown");
        assertThat(CpuName.text(folder.resolve("missing"))).isEqualTo("unknown");
    }
}
