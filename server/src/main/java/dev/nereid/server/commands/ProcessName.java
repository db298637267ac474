package dev.nereid.server.commands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The name of this process, which {@code pgrep}, {@code pkill} and {@code top} know it by; {@code java} by itself. */
final class ProcessName {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessName.class);
    private static final Path NAME = Path.of("/proc/self/comm");

    private ProcessName() {}

    /** Takes a name, of which Linux keeps 15 bytes. Elsewhere the name stays. */
    static void set(String name) {
        try {
            if (Files.isWritable(NAME)) {
                Files.writeString(NAME, name);
            }
        } catch (IOException e) {
            LOG.debug("the process keeps its name", e);
        }
    }
}
