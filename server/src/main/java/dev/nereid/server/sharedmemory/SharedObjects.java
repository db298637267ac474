package dev.nereid.server.sharedmemory;

import dev.nereid.memory.SharedFile;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Opens POSIX shared memory objects by their key. On Linux an object is a file in {@code /dev/shm}; opening that file is
 * what {@code shm_open} does, so no foreign function is needed. As there a key names a file in that folder and nothing
 * else: slashes in front are dropped, one within is refused, and links are not followed.
 */
final class SharedObjects {
    private static final int LONGEST_NAME = 254;
    private static final String RESERVED_PREFIX = "triton_python_backend_shm_region_";

    private final Path folder;

    SharedObjects(Path folder) {
        this.folder = folder;
    }

    /**
     * Opens an object; the caller closes it.
     *
     * @throws InferException if the key names none that can be opened
     */
    SharedFile.Opened open(String region, String key) {
        String name = withoutLeadingSlashes(key);
        if (name.isEmpty()) {
            throw InferException.invalid(
                    "cannot register shared memory region '" + region + "' - invalid shm key '" + key + "'");
        }
        if (name.startsWith(RESERVED_PREFIX)) {
            throw InferException.invalid("cannot register shared memory region '" + region + "' with key '" + key
                    + "' as the key contains the reserved prefix '" + RESERVED_PREFIX + "'");
        }
        try {
            Path file = file(name);
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw cannotOpen(key);
            }
            return SharedFile.open(file);
        } catch (IOException | InvalidPathException e) {
            throw new InferException(
                    InferException.Code.INTERNAL, cannotOpen(key).text(), e);
        }
    }

    private Path file(String name) throws IOException {
        boolean plain = name.indexOf('/') < 0
                && !name.equals(".")
                && !name.equals("..")
                && name.getBytes(StandardCharsets.UTF_8).length <= LONGEST_NAME;
        if (!plain) {
            throw new IOException("'" + name + "' is no name of a shared memory object");
        }
        return folder.resolve(name);
    }

    private static InferException cannotOpen(String key) {
        return InferException.internal("Unable to open shared memory region: '" + key + "'");
    }

    private static String withoutLeadingSlashes(String key) {
        int start = 0;
        while (start < key.length() && key.charAt(start) == '/') {
            start++;
        }
        return key.substring(start);
    }
}
