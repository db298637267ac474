package dev.nereid.server.repository;

import dev.nereid.server.backend.ConfigFiles;
import dev.nereid.server.storage.FolderTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A temporary model folder with the files that a client sent along with a load request. Closing deletes it. */
final class OverrideFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OverrideFolder.class);

    private final Path folder;

    /**
     * Writes the files.
     *
     * @param files path below the model's folder to content
     * @throws IOException if one cannot be written or its path leads out of the folder
     */
    OverrideFolder(Map<String, byte[]> files) throws IOException {
        folder = Files.createTempDirectory("nereid-model-");
        try {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                write(file.getKey(), file.getValue());
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    Path folder() {
        return folder;
    }

    @Override
    public void close() {
        try {
            FolderTree.delete(folder);
        } catch (IOException e) {
            LOG.warn("temporary model folder {} could not be deleted", folder, e);
        }
    }

    private void write(String name, byte[] content) throws IOException {
        Path file = ConfigFiles.below(folder, name);
        if (file.equals(folder)) {
            throw new IOException("file '" + name + "' has no name");
        }
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }
}
