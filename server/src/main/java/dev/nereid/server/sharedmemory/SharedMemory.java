package dev.nereid.server.sharedmemory;

import dev.nereid.memory.SharedFile;
import dev.nereid.models.device.Device;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.device.DeviceIpcMemory;
import dev.nereid.models.device.Devices;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedRanges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The regions of shared memory that clients have registered, by name: of the system, and of GPUs. Whoever may register one
 * may read and write every shared memory object that the server's user may, so a server allows it only when it is told to.
 * Any thread.
 */
public final class SharedMemory implements SharedRanges, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedMemory.class);
    private static final Path OBJECTS = Path.of("/dev/shm");
    /** The system maps from the start of a page only; this is the smallest page that Linux has. */
    private static final long PAGE_BYTES = 4096;
    /** Each region takes a file descriptor; clients must not be able to use up all. */
    private static final int MOST_REGIONS = 1024;

    private static final Devices NO_GPU = Devices.none("not asked for");

    private final boolean allowed;
    private final SharedObjects objects;
    private final Devices gpus;
    /** Guarded by this. */
    private final NavigableMap<String, Region> regions = new TreeMap<>();

    private SharedMemory(boolean allowed, Path folder, Devices gpus) {
        this.allowed = allowed;
        this.objects = new SharedObjects(folder);
        this.gpus = gpus;
    }

    /**
     * Without regions yet.
     *
     * @param allowed whether clients may register any
     */
    public static SharedMemory of(boolean allowed) {
        return of(allowed, NO_GPU);
    }

    /**
     * Without regions yet.
     *
     * @param allowed whether clients may register any
     * @param gpus those whose memory clients may register
     */
    public static SharedMemory of(boolean allowed, Devices gpus) {
        return new SharedMemory(allowed, OBJECTS, gpus);
    }

    /** Allowed, with the files of that folder as shared memory objects. */
    public static SharedMemory in(Path folder) {
        return in(folder, NO_GPU);
    }

    /** Allowed, with the files of that folder as shared memory objects, and with GPUs. */
    public static SharedMemory in(Path folder, Devices gpus) {
        return new SharedMemory(true, folder, gpus);
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
        checkNew(name);
        RegionStatus.OfSystem status = new RegionStatus.OfSystem(name, key, offset, byteSize);
        try (SharedFile.Opened object = objects.open(name, key)) {
            regions.put(name, new Region(status, new RegionMemory.OfSystem(map(status, object))));
        } catch (IOException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    failed(name) + "unable to process address space" + e.getMessage(),
                    e);
        }
        LOG.debug("registered shared memory region '{}' with key '{}'", name, key);
    }

    private void checkNew(String name) {
        if (regions.containsKey(name)) {
            throw new InferException(
                    InferException.Code.ALREADY_EXISTS, "shared memory region '" + name + "' already in manager");
        }
        if (regions.size() >= MOST_REGIONS) {
            throw InferException.unavailable(failed(name) + "there are " + MOST_REGIONS + " regions already");
        }
    }

    private static SharedFile map(RegionStatus.OfSystem status, SharedFile.Opened object) throws IOException {
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

    /**
     * Registers memory of a GPU that another process shares.
     *
     * @param handle what CUDA gave that process for it
     * @param device the GPU's number
     * @param byteSize unsigned
     * @throws InferException if it cannot be registered
     */
    public synchronized void registerGpu(String name, byte[] handle, long device, long byteSize) {
        checkGpus(name);
        checkNew(name);
        Device gpu = gpu(device)
                .orElseThrow(() -> InferException.invalid("failed to register CUDA shared memory region: '" + name
                        + "', there is no GPU " + Long.toUnsignedString(device) + ", there are "
                        + gpus.numbers().stream().map(String::valueOf).collect(Collectors.joining(", "))));
        if (handle.length != gpu.handleBytes()) {
            throw InferException.invalid("'raw_handle' must be a cudaIpcMemHandle_t of " + gpu.handleBytes()
                    + " bytes, got " + handle.length);
        }
        DeviceIpcMemory memory;
        try {
            memory = gpu.openIpc(handle);
        } catch (DeviceException e) {
            LOG.warn("shared memory region '{}': {}", name, e.getMessage());
            throw new InferException(
                    InferException.Code.INVALID_ARG, "failed to register shared memory region: invalid args", e);
        }
        if (Long.compareUnsigned(byteSize, memory.byteSize()) > 0) {
            memory.close();
            throw InferException.invalid(failed(name) + "invalid args");
        }
        RegionStatus status = new RegionStatus.OfGpu(name, gpu.number(), byteSize);
        regions.put(name, new Region(status, new RegionMemory.OfGpu(memory)));
        LOG.debug("registered shared memory region '{}' on GPU {}", name, gpu.number());
    }

    private Optional<Device> gpu(long number) {
        return gpus.all().stream().filter(gpu -> gpu.number() == number).findFirst();
    }

    /**
     * Refuses to register memory of a GPU where that is never possible.
     *
     * @throws InferException if clients may not register regions, or there is no GPU
     */
    public void checkGpus(String name) {
        checkAllowed();
        if (gpus.all().isEmpty()) {
            throw InferException.invalid(
                    "failed to register CUDA shared memory region: '" + name + "', GPUs not supported");
        }
    }

    private static String failed(String name) {
        return "failed to register shared memory region '" + name + "': ";
    }

    /**
     * Forgets a region of the system; one that is not registered is forgotten already. Where requests use it, it stays
     * registered until the last of them has ended.
     *
     * @throws InferException if clients may not register regions
     */
    public void unregister(String name) {
        checkAllowed();
        forget(status ->
                status instanceof RegionStatus.OfSystem && status.name().equals(name));
    }

    /**
     * Forgets all regions of the system.
     *
     * @throws InferException if clients may not register regions
     */
    public void unregisterAll() {
        checkAllowed();
        forget(status -> status instanceof RegionStatus.OfSystem);
    }

    /**
     * As {@link #unregister}, of a GPU's memory.
     *
     * @throws InferException if clients may not register regions
     */
    public void unregisterGpu(String name) {
        checkAllowed();
        forget(status -> status instanceof RegionStatus.OfGpu && status.name().equals(name));
    }

    /**
     * Forgets all regions of GPUs' memory.
     *
     * @throws InferException if clients may not register regions
     */
    public void unregisterAllGpus() {
        checkAllowed();
        forget(status -> status instanceof RegionStatus.OfGpu);
    }

    private void forget(Predicate<RegionStatus> forgotten) {
        List<Region> gone = new ArrayList<>();
        synchronized (this) {
            regions.values().removeIf(region -> forgotten.test(region.status()) && leaves(region) && gone.add(region));
        }
        gone.forEach(region -> region.memory().close());
    }

    private static boolean leaves(Region region) {
        boolean unused = region.leave();
        if (!unused) {
            LOG.debug(
                    "Shared memory region '{}' will be unregistered after in-flight requests complete.",
                    region.status().name());
        }
        return unused;
    }

    /** Ends one use of a region. */
    private void release(Region region) {
        boolean gone;
        synchronized (this) {
            gone = region.release();
            if (gone) {
                regions.remove(region.status().name());
            }
        }
        if (gone) {
            region.memory().close();
        }
    }

    /** All regions of the system, by name. */
    public List<RegionStatus.OfSystem> regions() {
        return all(RegionStatus.OfSystem.class);
    }

    /** All regions of GPUs' memory, by name. */
    public List<RegionStatus.OfGpu> gpuRegions() {
        return all(RegionStatus.OfGpu.class);
    }

    private synchronized <T extends RegionStatus> List<T> all(Class<T> kind) {
        return regions.values().stream()
                .map(Region::status)
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    /**
     * One region of the system.
     *
     * @throws InferException if none of that name is registered
     */
    public RegionStatus.OfSystem region(String name) {
        return switch (status(name)) {
            case RegionStatus.OfSystem system -> system;
            case RegionStatus.OfGpu _ -> throw otherKind(name, "CUDA", "system");
            case null -> throw InferException.notFound("Unable to find system shared memory region: '" + name + "'");
        };
    }

    /**
     * One region of a GPU's memory.
     *
     * @throws InferException if none of that name is registered
     */
    public RegionStatus.OfGpu gpuRegion(String name) {
        return switch (status(name)) {
            case RegionStatus.OfGpu gpu -> gpu;
            case RegionStatus.OfSystem _ -> throw otherKind(name, "system", "CUDA");
            case null -> throw InferException.notFound("Unable to find cuda shared memory region: '" + name + "'");
        };
    }

    private synchronized @Nullable RegionStatus status(String name) {
        Region region = regions.get(name);
        return region == null ? null : region.status();
    }

    private static InferException otherKind(String name, String is, String isNot) {
        return InferException.notFound("The region named '" + name + "' is registered as " + is + " shared memory, not "
                + isNot + " shared memory");
    }

    @Override
    public synchronized SharedRange find(String name, long offset, long byteSize) {
        Region region = regions.get(name);
        if (region == null) {
            throw SharedRanges.unknown(name);
        }
        checkWithin(name, offset, byteSize, region.status().byteSize());
        region.acquire();
        return new RegionRange(region, offset, byteSize, () -> release(region));
    }

    private static void checkWithin(String name, long offset, long byteSize, long size) {
        if (Long.compareUnsigned(offset, size) >= 0) {
            throw InferException.invalid("Invalid offset for shared memory region: '" + name + "'");
        }
        if (Long.compareUnsigned(offset + byteSize, offset) < 0) {
            throw InferException.invalid("Integer overflow detected: byte_size (" + Long.toUnsignedString(byteSize)
                    + ") + offset (" + Long.toUnsignedString(offset) + ") exceeds maximum value ("
                    + Long.toUnsignedString(-1) + ") for region '" + name + "'");
        }
        if (Long.compareUnsigned(offset + byteSize, size) > 0) {
            throw InferException.invalid("Invalid offset + byte size for shared memory region: '" + name + "'");
        }
    }

    /** Forgets all regions, whoever asks; those in use when their requests end. */
    @Override
    public void close() {
        forget(_ -> true);
    }
}
