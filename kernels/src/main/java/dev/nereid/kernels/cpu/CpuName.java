package dev.nereid.kernels.cpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the CPU calls itself. */
public final class CpuName {
    private static final Path LINUX = Path.of("/proc/cpuinfo");

    /** On x86 a name; on ARM numbers that stand for one. */
    private static final List<String> FIELDS =
            List.of("model name", "cpu family", "model", "stepping", "CPU implementer", "CPU part", "CPU variant");

    private static final String UNKNOWN = "unknown";

    private CpuName() {}

    /** The name, with the numbers that tell apart what shares one; the same for all CPUs of a kind. */
    public static String text() {
        return text(LINUX);
    }

    /** The name that a file of Linux's has, of its first processor. */
    static String text(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            String name = lines.takeWhile(line -> !line.isBlank())
                    .map(line -> line.split(":", 2))
                    .filter(line -> line.length == 2 && FIELDS.contains(line[0].strip()))
                    .map(line -> line[1].strip())
                    .reduce((first, next) -> first + " " + next)
                    .orElse(UNKNOWN);
            return name.isBlank() ? UNKNOWN : name;
        } catch (IOException | UncheckedIOException e) {
            return UNKNOWN;
        }
    }
}
