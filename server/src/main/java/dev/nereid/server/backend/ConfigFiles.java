package dev.nereid.server.backend;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Files that a model's config names. A config may come from a client, so it names none outside of the model. */
public final class ConfigFiles {
    private ConfigFiles() {}

    /**
     * A file below a folder; it need not exist.
     *
     * @param name relative to the folder
     * @throws IOException if the name leads out of the folder or cannot be one
     */
    public static Path below(Path folder, String name) throws IOException {
        return within(folder, folder, name);
    }

    /**
     * A file within a folder that is named relative to a folder in it.
     *
     * @param from relative to what the name is
     * @throws IOException if the name leads out of {@code bounds} or cannot be one
     */
    public static Path within(Path bounds, Path from, String name) throws IOException {
        Path file;
        try {
            file = from.resolve(name).normalize();
        } catch (InvalidPathException e) {
            throw new IOException("'" + name.replace("\0", "\\0") + "' is no file name", e);
        }
        if (!file.startsWith(bounds.normalize())) {
            throw new IOException("'" + name + "' lies outside of " + bounds.normalize());
        }
        return file;
    }
}
