package dev.nereid.server.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;

/**
 * What is read of a bucket or container. Any thread; the owner closes it. Every method asks the store anew and blocks, and
 * throws {@link StorageException} where the store does not answer or refuses.
 */
interface ObjectStore extends AutoCloseable {
    /** Returns if the bucket is there and may be read; its exception says, in Triton's words where there are any, what to do. */
    void check();

    /**
     * Every object below a folder, by its key.
     *
     * @param prefix what its key begins with: empty, or the folder's name and a slash
     */
    List<StoredObject> list(String prefix);

    /**
     * The names of the folders directly below a folder.
     *
     * @param prefix as for {@link #list}
     */
    SortedSet<String> folders(String prefix);

    /**
     * Whether there is anything below a folder.
     *
     * @param prefix as for {@link #list}
     */
    boolean holds(String prefix);

    /**
     * Writes an object's content to a file, over what is there.
     *
     * @throws IOException if the file cannot be written
     */
    void download(StoredObject object, Path file) throws IOException;

    @Override
    void close();
}
