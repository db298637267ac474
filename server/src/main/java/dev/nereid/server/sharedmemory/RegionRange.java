package dev.nereid.server.sharedmemory;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.SharedRange;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;

/** A part of a region, in use by one request. */
final class RegionRange implements SharedRange {
    private final Region region;
    private final long offset;
    private final long byteSize;
    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * A part of a region that is acquired already.
     *
     * @param release ends the use of the region; called once
     */
    RegionRange(Region region, long offset, long byteSize, Runnable release) {
        this.region = region;
        this.offset = offset;
        this.byteSize = byteSize;
        this.release = release;
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    @Override
    public OptionalInt gpu() {
        return region.status() instanceof RegionStatus.OfGpu memory
                ? OptionalInt.of(memory.device())
                : OptionalInt.empty();
    }

    @Override
    public void read(MemorySegment target) {
        try {
            region.memory().read(offset, target);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    @Override
    public void write(MemorySegment source) {
        try {
            region.memory().write(source, offset);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    private InferException lost(IOException cause) {
        return new InferException(
                InferException.Code.INVALID_ARG,
                "shared memory region '" + region.status().name() + "' cannot be used: " + cause.getMessage(),
                cause);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release.run();
        }
    }
}
