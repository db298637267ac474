package dev.nereid.bench.text;

import dev.nereid.bench.startup.ServerProcess;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A server of its own process whose models are one file under several configs. */
final class TextServer implements AutoCloseable {
    private static final long PATIENCE_NANOS = 180_000_000_000L;
    private static final long LOOK_AGAIN_NANOS = 100_000_000;
    private static final int OK = 200;

    private final ServerProcess process;
    private final Path log;

    /**
     * Starts it and waits until every model is ready.
     *
     * @param folder for the repository and the log
     * @param configs what the models differ in, by name
     */
    TextServer(Path launcher, Path file, Path folder, Map<String, String> configs) throws IOException {
        Path repository = folder.resolve("models");
        for (Map.Entry<String, String> config : configs.entrySet()) {
            Path version = Files.createDirectories(repository.resolve(config.getKey(), "1"));
            Files.createSymbolicLink(version.resolve("model.onnx"), file.toAbsolutePath());
            Files.writeString(repository.resolve(config.getKey(), "config.pbtxt"), config.getValue());
        }
        log = folder.resolve("server.log");
        process = new ServerProcess(launcher, repository, log);
        try {
            for (String model : configs.keySet()) {
                await("/v2/models/" + model + "/ready");
            }
        } catch (IOException | RuntimeException e) {
            process.close();
            throw e;
        }
    }

    int port() {
        return process.port();
    }

    private void await(String path) throws IOException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!answers(path)) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new IOException("the server does not answer " + path + ":\n" + Files.readString(log));
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    private boolean answers(String path) {
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create("http://127.0.0.1:" + port() + path).toURL().openConnection();
            try {
                return connection.getResponseCode() == OK;
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
