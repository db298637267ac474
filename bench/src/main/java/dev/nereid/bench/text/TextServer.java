package dev.nereid.bench.text;

import dev.nereid.bench.ScratchRepository;
import dev.nereid.bench.startup.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A server of its own process whose models are one file under several configs. */
final class TextServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final ScratchRepository repository;
    private final ServerProcess process;

    private TextServer(ScratchRepository repository, ServerProcess process) {
        this.repository = repository;
        this.process = process;
    }

    /**
     * Starts it and waits until every model is ready.
     *
     * @param configs what the models differ in, by name
     */
    static TextServer start(Path launcher, Path file, Map<String, String> configs) throws IOException {
        ScratchRepository repository = new ScratchRepository();
        try {
            for (Map.Entry<String, String> config : configs.entrySet()) {
                repository.add(config.getKey(), config.getValue(), file);
            }
            ServerProcess process = new ServerProcess(launcher, repository.path());
            try {
                process.awaitReady(PATIENCE);
                return new TextServer(repository, process);
            } catch (IOException | RuntimeException e) {
                process.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            repository.close();
            throw e;
        }
    }

    int port() {
        return process.port();
    }

    @Override
    public void close() throws IOException {
        process.close();
        repository.close();
    }
}
