package dev.nereid.server.commands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The file with the number of the running server's process, where TorchServe has it: {@code .model_server.pid}. */
final class PidFile {
    private static final String NAME = ".model_server.pid";
    private static final int MOST_BYTES = 32;

    private final Path file;

    /** @param folder for temporary files */
    PidFile(Path folder) {
        this.file = folder.resolve(NAME);
    }

    /** In the folder that Python takes for temporary files. */
    static PidFile ofSystem() {
        String folder = System.getenv("TMPDIR");
        return new PidFile(Path.of(folder == null ? System.getProperty("java.io.tmpdir") : folder));
    }

    /**
     * The server that runs; empty where none does, or the file is another user's. This process does not count.
     *
     * @throws IOException if the file cannot be read
     */
    Optional<ProcessHandle> running() throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                || Files.size(file) > MOST_BYTES
                || !Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(Path.of("/proc/self")))) {
            return Optional.empty();
        }
        try {
            return ProcessHandle.of(Long.parseLong(Files.readString(file).strip()))
                    .filter(process -> process.pid() != ProcessHandle.current().pid())
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> process.info()
                            .command()
                            .filter(name -> name.endsWith("java"))
                            .isPresent());
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Writes the number of this process. */
    void write() throws IOException {
        Path part = Files.createTempFile(file.getParent(), NAME, "");
        Files.writeString(part, Long.toString(ProcessHandle.current().pid()));
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Deletes the file, where it is this process's. */
    void delete() throws IOException {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.readString(file)
                        .strip()
                        .equals(Long.toString(ProcessHandle.current().pid()))) {
            Files.delete(file);
        }
    }

    /**
     * Asks a process to end, and ends it where it does not within a time.
     *
     * @return whether it has ended by itself
     */
    boolean stop(ProcessHandle process, long seconds) throws IOException {
        process.destroy();
        boolean ended = true;
        try {
            process.onExit().get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            process.destroyForcibly();
            ended = false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended = false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        Files.deleteIfExists(file);
        return ended;
    }
}
