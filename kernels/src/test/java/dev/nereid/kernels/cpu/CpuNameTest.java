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
        assertThat(text("""
                        processor\t: 0
                        cpu family\t: 25
                        model\t\t: 1
                        model name\t: AMD EPYC
                        stepping\t: 1
                        cpu MHz\t: 2445

                        processor\t: 1
                        model name\t: other
                        """)).isEqualTo("25 1 AMD EPYC 1");
        assertThat(text("""
                        processor\t: 0
                        CPU implementer\t: 0x41
                        CPU variant\t: 0x1
                        CPU part\t: 0xd40
                        """)).isEqualTo("0x41 0x1 0xd40");
    }

    @Test
    void whatSaysNothingIsUnknown() throws IOException {
        assertThat(text("")).isEqualTo("unknown");
        assertThat(text("flags\t: fpu\n")).isEqualTo("unknown");
        assertThat(CpuName.text(folder.resolve("missing"))).isEqualTo("unknown");
    }
}
