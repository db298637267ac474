package dev.nereid.server.storage;

import dev.nereid.files.FolderTree;
import dev.nereid.files.TemporaryFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of a store, and copies of its subfolders on this machine: none at first, each as it was when it was fetched last.
 * Files keep the time at which the store says they were written. Closing deletes the copies. Any thread.
 */
public final class RemoteFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteFolder.class);

    /** Downloads at a time: more would not be faster, and each takes a connection. */
    private static final int DOWNLOADS = 8;

    private final ObjectStore store;
    private final String prefix;
    private final TemporaryFolder copies;
    private final Semaphore downloads = new Semaphore(DOWNLOADS);
    private final Map<String, Copy> fetched = new ConcurrentHashMap<>();

    /**
     * A folder of which nothing is copied yet.
     *
     * @param store is closed with this
     * @param prefix what its keys begin with: empty, or its name and a slash
     * @param parent a folder of this machine, in which one for the copies is made
     * @throws StorageException if that cannot be made
     */
    RemoteFolder(ObjectStore store, String prefix, Path parent) {
        this.store = Objects.requireNonNull(store, "store");
        this.prefix = prefix;
        try {
            this.copies = TemporaryFolder.create(parent, "models");
        } catch (IOException e) {
            store.close();
            throw new StorageException("no folder for copies of models can be made in '" + parent + "': " + e, e);
        }
    }

    /** Its subfolders, as they are in the store now. */
    public SortedSet<String> names() {
        return store.folders(prefix);
    }

    /** Whether the store has anything in a subfolder now. */
    public boolean holds(String name) {
        return store.holds(prefix + name + "/");
    }

    /** Whether the store has a file directly in this folder. */
    public boolean holdsFile(String name) {
        return store.list(prefix + name).stream()
                .anyMatch(object -> object.key().equals(prefix + name));
    }

    /** Where the copy of a subfolder is, or would be. */
    public Path copy(String name) {
        return copies.path().resolve(name);
    }

    /**
     * Makes the copy of a subfolder what the store has: downloads what is new or has changed, and deletes what is gone.
     *
     * @throws StorageException if the store cannot be read or the copy not be written; then the copy is partly the old one
     */
    public void fetch(String name) {
        Copy copy = fetched.computeIfAbsent(name, _ -> new Copy());
        synchronized (copy) {
            try {
                copy.update(name);
            } catch (IOException e) {
                throw new StorageException(
                        "the copy of '" + prefix + name + "' in " + copy(name) + " cannot be brought up to date: " + e,
                        e);
            }
        }
    }

    /** Deletes the copies of subfolders that nobody needs. No fetch may run meanwhile. */
    public void retain(Predicate<String> needed) {
        for (String name : Set.copyOf(fetched.keySet())) {
            if (!needed.test(name)) {
                fetched.remove(name);
                delete(copy(name));
            }
        }
    }

    @Override
    public void close() {
        try {
            copies.close();
        } catch (IOException e) {
            LOG.warn("the copies in {} could not be deleted: {}", copies.path(), e.toString());
        }
        store.close();
    }

    private static void delete(Path folder) {
        try {
            FolderTree.delete(folder);
        } catch (IOException e) {
            LOG.warn("the copy {} could not be deleted: {}", folder, e.toString());
        }
    }

    /** What was copied of a subfolder. */
    private final class Copy {
        private Map<String, StoredObject> files = new HashMap<>();

        void update(String name) throws IOException {
            String folder = prefix + name + "/";
            List<StoredObject> listed = store.list(folder);
            if (listed.isEmpty()) {
                throw new StorageException("there is nothing in '" + folder + "'");
            }
            Map<String, StoredObject> wanted = listed.stream()
                    .filter(object -> !object.key().endsWith("/"))
                    .collect(Collectors.toMap(object -> path(folder, object), object -> object));
            Path root = Files.createDirectories(copy(name));
            for (String gone : files.keySet()) {
                if (!wanted.containsKey(gone)) {
                    Files.deleteIfExists(root.resolve(gone));
                }
            }
            files.keySet().retainAll(wanted.keySet());
            for (StoredObject object : listed) {
                if (object.key().endsWith("/")) {
                    Files.createDirectories(root.resolve(path(folder, object)));
                }
            }
            deleteEmpty(root, listed, folder);
            for (Map.Entry<String, StoredObject> file : wanted.entrySet()) {
                if (!file.getValue().equals(files.get(file.getKey()))) {
                    download(file.getValue(), root.resolve(file.getKey()));
                    files.put(file.getKey(), file.getValue());
                }
            }
        }

        /** Deletes folders in which nothing is left, and of which the store knows nothing. */
        private void deleteEmpty(Path root, List<StoredObject> listed, String folder) throws IOException {
            List<Path> folders;
            try (Stream<Path> tree = Files.walk(root)) {
                folders = tree.filter(Files::isDirectory)
                        .sorted(Comparator.reverseOrder())
                        .toList();
            }
            for (Path each : folders) {
                String key = folder + root.relativize(each) + "/";
                boolean known = each.equals(root)
                        || listed.stream().anyMatch(object -> object.key().startsWith(key));
                try (Stream<Path> entries = Files.list(each)) {
                    if (known || entries.findAny().isPresent()) {
                        continue;
                    }
                }
                Files.delete(each);
            }
        }

        /** Where an object lies below its folder: nowhere else, whatever its key. */
        private String path(String folder, StoredObject object) {
            String path = object.key().substring(folder.length());
            String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
            for (String part : trimmed.split("/", -1)) {
                if (!trimmed.isEmpty() && (part.isEmpty() || part.equals(".") || part.equals(".."))) {
                    throw new StorageException("'" + object.key() + "' cannot be the path of a file");
                }
            }
            return trimmed;
        }

        private void download(StoredObject object, Path file) throws IOException {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Path part = copies.path().resolve(".part-" + Thread.currentThread().threadId());
            downloads.acquireUninterruptibly();
            try {
                store.download(object, part);
                long bytes = Files.size(part);
                if (bytes != object.bytes()) {
                    throw new StorageException(
                            "'" + object.key() + "' has " + bytes + " bytes, expected " + object.bytes());
                }
                Files.setLastModifiedTime(part, FileTime.from(object.modified()));
                // Whoever has the old file open or mapped keeps it.
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                downloads.release();
                Files.deleteIfExists(part);
            }
        }
    }
}
