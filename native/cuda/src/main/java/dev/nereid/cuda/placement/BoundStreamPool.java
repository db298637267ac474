package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceModelResources;
import java.util.ArrayDeque;
import java.util.Deque;

/** The device streams of a model: as many as runs were in progress at a time, one an instance or two. Any thread. */
final class BoundStreamPool implements AutoCloseable {
    private final DeviceModelResources resources;
    private final KernelGraphRecorder recordings = new KernelGraphRecorder();
    private final Deque<BoundStream> idle = new ArrayDeque<>();

    BoundStreamPool(DeviceModelResources resources) {
        this.resources = resources;
    }

    BoundStream take() {
        synchronized (this) {
            BoundStream boundStream = idle.pollFirst();
            if (boundStream != null) {
                return boundStream;
            }
        }
        return new BoundStream(resources.newStream());
    }

    /** Whether the kernels of the model are recorded. */
    KernelGraphRecorder recordings() {
        return recordings;
    }

    synchronized void giveBack(BoundStream boundStream) {
        idle.addFirst(boundStream);
    }

    /** Frees the device memory of idle bound streams. Closes each, even if others throw. */
    synchronized void closeIdle() {
        BoundStream boundStream = idle.pollFirst();
        if (boundStream != null) {
            try (BoundStream _ = boundStream) {
                closeIdle();
            }
        }
    }

    /** All bound streams have been returned by then. */
    @Override
    public void close() {
        closeIdle();
    }
}
