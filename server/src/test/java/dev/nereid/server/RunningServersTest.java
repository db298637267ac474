package dev.nereid.server;

import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The base of tests that start whole servers over a repository of their own. */
abstract class RunningServersTest {
    @TempDir
    Path repository;

    @AutoClose
    RunningServers servers;

    @BeforeEach
    void open() {
        servers = new RunningServers(repository);
    }
}
