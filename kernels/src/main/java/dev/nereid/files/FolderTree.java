package dev.nereid.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder of this machine with all that is in it. */
public final class FolderTree {
    private FolderTree() {}

    /**
     * Deletes a folder and everything below it, if it is there; nothing that links lead to.
     *
     * @throws IOException if that fails; a part may be gone then
     */
    public static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
