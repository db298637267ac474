package dev.nereid.models.device;

import dev.nereid.kernels.device.DeviceModelResources;
import java.util.ArrayDeque;
import java.util.Deque;

/** The streams of a model on a device: as many as runs were under way at a time, one an instance or two. Any thread. */
final class Lanes implements AutoCloseable {
    private final DeviceModelResources resources;
    private final Recordings recordings = new Recordings();
    private final Deque<Lane> idle = new ArrayDeque<>();

    Lanes(DeviceModelResources resources) {
        this.resources = resources;
    }

    Lane take() {
        synchronized (this) {
            Lane lane = idle.pollFirst();
            if (lane != null) {
                return lane;
            }
        }
        return new Lane(resources.newStream());
    }

    /** Whether the kernels of the model are recorded. */
    Recordings recordings() {
        return recordings;
    }

    synchronized void giveBack(Lane lane) {
        idle.addFirst(lane);
    }

    /** Gives back the memory of the device that lanes have kept which nobody uses. Closes each, whatever others throw. */
    synchronized void closeIdle() {
        Lane lane = idle.pollFirst();
        if (lane != null) {
            try (Lane _ = lane) {
                closeIdle();
            }
        }
    }

    /** All lanes are given back by now. */
    @Override
    public void close() {
        closeIdle();
    }
}
