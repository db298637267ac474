package dev.nereid.models.device;

import dev.nereid.kernels.device.DeviceSpace;
import java.util.ArrayDeque;
import java.util.Deque;

/** The streams of a model on a device: as many as runs were under way at a time, one an instance. Any thread. */
final class Lanes implements AutoCloseable {
    private final DeviceSpace space;
    private final Recordings recordings = new Recordings();
    private final Deque<Lane> idle = new ArrayDeque<>();

    Lanes(DeviceSpace space) {
        this.space = space;
    }

    Lane take() {
        synchronized (this) {
            Lane lane = idle.pollFirst();
            if (lane != null) {
                return lane;
            }
        }
        return new Lane(space.newStream());
    }

    /** Whether the kernels of the model are recorded. */
    Recordings recordings() {
        return recordings;
    }

    synchronized void giveBack(Lane lane) {
        idle.addFirst(lane);
    }

    /** All lanes are given back by now. Closes each of them, whatever others throw. */
    @Override
    public synchronized void close() {
        Lane lane = idle.pollFirst();
        if (lane != null) {
            try (Lane _ = lane) {
                close();
            }
        }
    }
}
