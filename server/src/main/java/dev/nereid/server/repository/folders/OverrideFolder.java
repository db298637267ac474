package dev.nereid.server.repository.folders;

import dev.nereid.files.TemporaryFolder;
import dev.nereid.server.backend.ConfigFiles;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A temporary model folder with the files that a client sent along with a load request. Closing deletes it. */
public final class OverrideFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OverrideFolder.class);

    /** As much of a file's name as an error repeats. */
    private static final int MOST_NAME = 200;

    private final TemporaryFolder folder;

    /**
     * Writes the files.
     *
     * @param files path below the model's folder to content
     * @throws IOException in words for the client if one cannot be written or its path leads out of the folder
     */
    public OverrideFolder(Map<String, byte[]> files) throws IOException {
        folder = TemporaryFolder.create("model");
        try {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                tryWrite(file.getKey(), file.getValue());
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    public Path folder() {
        return folder.path();
    }

    @Override
    public void close() {
        try {
            folder.close();
        } catch (IOException e) {
            LOG.warn("temporary model folder {} could not be deleted", folder(), e);
        }
    }

    private void tryWrite(String name, byte[] content) throws IOException {
        try {
            write(name, content);
        } catch (FileSystemException e) {
            throw new IOException(
                    "file '" + shortened(name) + "' cannot be written: "
                            + Objects.requireNonNullElse(
                                    e.getReason(), e.getClass().getSimpleName()),
                    e);
        } catch (IOException e) {
            throw new IOException(String.valueOf(e.getMessage()).replace(folder().toString(), "the model's folder"), e);
        }
    }

    private static String shortened(String name) {
        return name.length() <= MOST_NAME ? name : name.substring(0, MOST_NAME) + "...";
    }

    private void write(String name, byte[] content) throws IOException {
        Path file = ConfigFiles.below(folder(), name);
        if (file.equals(folder())) {
            throw new IOException("file '" + name + "' has no name");
        }
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }
}
