package dev.nereid.server.sharedmemory;

import dev.nereid.memory.SharedFile;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedRanges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The regions of shared memory that clients have registered, by name. Whoever may register one may read and write every
 * shared memory object that the server's user may, so a server allows it only when it is told to. Any thread.
 */
public final class SharedMemory implements SharedRanges, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedMemory.class);
    private static final Path OBJECTS = Path.of("/dev/shm");
    /** The system maps from the start of a page only; this is the smallest page that Linux has. */
    private static final long PAGE_BYTES = 4096;
    /** Each region takes a file descriptor; clients must not be able to use up all. */
    private static final int MOST_REGIONS = 1024;

    private final boolean allowed;
    private final SharedObjects objects;
    /** Guarded by this. */
    private final NavigableMap<String, Region> regions = new TreeMap<>();

    private SharedMemory(boolean allowed, Path folder) {
        this.allowed = allowed;
        this.objects = new SharedObjects(folder);
    }

    /**
     * Without regions yet.
     *
     * @param allowed whether clients may register any
     */
    public static SharedMemory of(boolean allowed) {
        return new SharedMemory(allowed, OBJECTS);
    }

    /** Allowed, with the files of that folder as shared memory objects. */
    public static SharedMemory in(Path folder) {
        return new SharedMemory(true, folder);
    }

    /**
     * Refuses what changes regions where the server was not told to allow it.
     *
     * @throws InferException if clients may not register regions
     */
    public void checkAllowed() {
        if (!allowed) {
            throw InferException.unsupported("Client shared memory is disabled. Start the server with "
                    + "'--allow-client-shm=true' to enable.");
        }
    }

    /**
     * Registers a part of a shared memory object.
     *
     * @param offset where in the object the region begins: a multiple of the page size; unsigned
     * @param byteSize unsigned
     * @throws InferException if it cannot be registered
     */
    public synchronized void register(String name, String key, long offset, long byteSize) {
        checkAllowed();
        if (regions.containsKey(name)) {
            throw new InferException(
                    InferException.Code.ALREADY_EXISTS, "shared memory region '" + name + "' already in manager");
        }
        if (regions.size() >= MOST_REGIONS) {
            throw InferException.unavailable(failed(name) + "there are " + MOST_REGIONS + " regions already");
        }
        RegionStatus status = new RegionStatus(name, key, offset, byteSize);
        try (SharedFile.Opened object = objects.open(name, key)) {
            regions.put(name, new Region(status, map(status, object)));
        } catch (IOException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    failed(name) + "unable to process address space" + e.getMessage(),
                    e);
        }
        LOG.debug("registered shared memory region '{}' with key '{}'", name, key);
    }

    private static SharedFile map(RegionStatus status, SharedFile.Opened object) throws IOException {
        long size = object.size();
        boolean within = status.offset() >= 0
                && status.byteSize() >= 0
                && status.offset() <= size
                && status.byteSize() <= size - status.offset();
        if (!within) {
            throw InferException.invalid(failed(status.name()) + "invalid args");
        }
        if (status.byteSize() == 0 || status.offset() % PAGE_BYTES != 0) {
            // What the system says to such a mapping.
            throw InferException.invalid(failed(status.name()) + "unable to process address spaceInvalid argument");
        }
        return object.map(status.offset(), status.byteSize());
    }

    private static String failed(String name) {
        return "failed to register shared memory region '" + name + "': ";
    }

    /**
     * Forgets a region; one that is not registered is forgotten already. Requests that use it keep it until they end.
     *
     * @throws InferException if clients may not register regions
     */
    public void unregister(String name) {
        checkAllowed();
        Region region;
        synchronized (this) {
            region = regions.remove(name);
        }
        if (region != null) {
            region.release();
        }
    }

    /**
     * Forgets all regions.
     *
     * @throws InferException if clients may not register regions
     */
    public void unregisterAll() {
        checkAllowed();
        close();
    }

    /** What registering memory of a GPU is answered. */
    public static InferException withoutGpu(String name) {
        return InferException.invalid(
                "failed to register CUDA shared memory region: '" + name + "', GPUs not supported");
    }

    /** What asking for a region of a GPU's memory is answered. */
    public static InferException unknownCuda(String name) {
        return InferException.notFound("Unable to find cuda shared memory region: '" + name + "'");
    }

    /** All regions, by name. */
    public synchronized List<RegionStatus> regions() {
        return regions.values().stream().map(Region::status).toList();
    }

    /**
     * One region.
     *
     * @throws InferException if it is not registered
     */
    public synchronized RegionStatus region(String name) {
        Region region = regions.get(name);
        if (region == null) {
            throw InferException.notFound("Unable to find system shared memory region: '" + name + "'");
        }
        return region.status();
    }

    @Override
    public synchronized SharedRange find(String name, long offset, long byteSize) {
        Region region = regions.get(name);
        if (region == null) {
            throw SharedRanges.unknown(name);
        }
        checkWithin(name, offset, byteSize, region.status().byteSize());
        if (!region.acquire()) {
            throw SharedRanges.unknown(name);
        }
        return new RegionRange(region, offset, byteSize);
    }

    private static void checkWithin(String name, long offset, long byteSize, long size) {
        if (Long.compareUnsigned(offset + byteSize, offset) < 0) {
            throw InferException.invalid("Integer overflow detected: byte_size (" + Long.toUnsignedString(byteSize)
                    + ") + offset (" + Long.toUnsignedString(offset) + ") exceeds maximum value ("
                    + Long.toUnsignedString(-1) + ") for region '" + name + "'");
        }
        if (Long.compareUnsigned(offset, size) >= 0) {
            throw InferException.invalid("Invalid offset for shared memory region: '" + name + "'");
        }
        if (Long.compareUnsigned(offset + byteSize, size) > 0) {
            throw InferException.invalid("Invalid offset + byte size for shared memory region: '" + name + "'");
        }
    }

    /** Forgets all regions, whoever asks. */
    @Override
    public void close() {
        List<Region> all;
        synchronized (this) {
            all = new ArrayList<>(regions.values());
            regions.clear();
        }
        all.forEach(Region::release);
    }
}
