package dev.nereid.server.grpc;

import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The base of tests of a front over {@link IdentityModels}. */
abstract class RunningFrontTest {
    @TempDir
    Path root;

    @AutoClose
    RunningFront running;

    ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        running = new RunningFront(root);
        channel = running.channel();
    }
}
