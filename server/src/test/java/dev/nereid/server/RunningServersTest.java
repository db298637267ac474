package dev.nereid.server;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The base of tests that start whole servers over a repository of their own. */
abstract class RunningServersTest {
    @TempDir
    Path repository;

    RunningServers servers;

    @BeforeEach
    void open() {
        servers = new RunningServers(repository);
    }

    @AfterEach
    void stop() {
        servers.close();
    }
}
