package dev.nereid.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A temporary folder, deleted when it is closed. A process that is killed cannot close it: beside the folder lies a file that
 * its process keeps locked, and the next process that makes one in the same place deletes those whose lock is free. Locks and
 * not process numbers tell: containers that share a place do not see each other's processes. Any thread.
 */
public final class TemporaryFolder implements AutoCloseable {
    private static final String PREFIX = "nereid-";
    private static final String UNLOCKED = PREFIX + "new-";
    private static final String LOCK = "lock";
    private static final String CONTENT = "content";

    /** How long a process may take between making a folder and locking it. */
    private static final Duration UNTIL_LOCKED = Duration.ofMinutes(10);

    private static final Set<PosixFilePermission> OF_OTHERS =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    /** Those of this process, whose locks must not be tried: closing a file gives all of a process's locks on it back. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    /** Places where this process has looked for what others have left. */
    private static final Set<Path> SWEPT = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final FileLock lock;

    private TemporaryFolder(Path folder, FileLock lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /**
     * Makes a folder in the system's place for temporary files.
     *
     * @param name what it is for, a part of its name
     * @throws IOException if that is not possible
     */
    public static TemporaryFolder create(String name) throws IOException {
        return create(Path.of(System.getProperty("java.io.tmpdir")), name);
    }

    /**
     * Makes a folder in another one.
     *
     * @param name what it is for, a part of its name
     * @throws IOException if that is not possible
     */
    public static TemporaryFolder create(Path parent, String name) throws IOException {
        Path place = parent.toRealPath();
        Path unlocked = Files.createTempDirectory(place, UNLOCKED);
        Path folder = place.resolve(
                PREFIX + name + "-" + unlocked.getFileName().toString().substring(UNLOCKED.length()));
        OWN.addAll(List.of(unlocked, folder));
        try {
            Files.createDirectory(unlocked.resolve(CONTENT));
            FileLock lock = lock(unlocked.resolve(LOCK));
            Files.move(unlocked, folder, StandardCopyOption.ATOMIC_MOVE);
            if (SWEPT.add(place)) {
                sweep(place, Files.getOwner(folder));
            }
            return new TemporaryFolder(folder, lock);
        } catch (IOException e) {
            FolderTree.delete(unlocked);
            FolderTree.delete(folder);
            throw e;
        } finally {
            OWN.remove(unlocked);
        }
    }

    @SuppressWarnings("resource") // it is open for as long as the lock is held
    private static FileLock lock(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
                .lock();
    }

    /** Deletes what processes of a user that have ended have left. */
    static void sweep(Path place, UserPrincipal user) {
        for (Path folder : others(place)) {
            try {
                if (isSafe(folder, user) && isLeft(folder)) {
                    FolderTree.delete(folder);
                }
            } catch (IOException | UnsupportedOperationException e) {
                // Another process was faster, or the system does not say whose it is.
            }
        }
    }

    private static List<Path> others(Path place) {
        try (Stream<Path> files = Files.list(place)) {
            return files.filter(file -> file.getFileName().toString().startsWith(PREFIX))
                    .filter(file -> !OWN.contains(file))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of(); // a place that cannot be read
        }
    }

    /** Whether nobody else can put links into a folder while it is deleted. */
    private static boolean isSafe(Path folder, UserPrincipal user) throws IOException {
        PosixFileAttributes attributes =
                Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return attributes.isDirectory()
                && attributes.owner().equals(user)
                && attributes.permissions().stream().noneMatch(OF_OTHERS::contains);
    }

    private static boolean isLeft(Path folder) throws IOException {
        if (folder.getFileName().toString().startsWith(UNLOCKED)) {
            Instant made = Files.getLastModifiedTime(folder).toInstant();
            return made.isBefore(Instant.now().minus(UNTIL_LOCKED));
        }
        Path lock = folder.resolve(LOCK);
        if (!Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS)) {
            return false; // not made here
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
            return channel.tryLock() != null;
        }
    }

    /** The folder, empty at first. */
    public Path path() {
        return folder.resolve(CONTENT);
    }

    /**
     * Deletes the folder with all that is in it.
     *
     * @throws IOException if that fails; a part may be gone then
     */
    @Override
    public void close() throws IOException {
        try {
            FolderTree.delete(folder);
        } finally {
            lock.acquiredBy().close();
            OWN.remove(folder);
        }
    }
}
