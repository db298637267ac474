package dev.nereid.server.schedule;

import dev.nereid.server.schedule.adaptive.AdaptiveDevice;
import dev.nereid.server.schedule.adaptive.AdaptiveModel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The device that models under the adaptive policy share: one lock for all their queues, and a way to call the next
 * model when another one has made room. Any thread.
 */
public final class SharedDevice {
    private final ReentrantLock lock = new ReentrantLock();
    private final AdaptiveDevice device = new AdaptiveDevice();
    private final Map<AdaptiveModel<?>, Runnable> looks = new HashMap<>();

    ReentrantLock lock() {
        return lock;
    }

    /** Used with the lock held. */
    AdaptiveDevice device() {
        return device;
    }

    /** @param look has the model's scheduler look at its queue; called without the lock */
    void add(AdaptiveModel<?> model, Runnable look) {
        lock.lock();
        try {
            if (looks.put(model, look) == null) {
                device.add(model);
            }
        } finally {
            lock.unlock();
        }
    }

    void remove(AdaptiveModel<?> model) {
        lock.lock();
        try {
            looks.remove(model);
            device.remove(model);
        } finally {
            lock.unlock();
        }
    }

    /** Calls the models whose turn it is, one after the other, until the device is busy or nothing waits. */
    void callNext(Clock clock) {
        Optional<Runnable> look = next(clock);
        while (look.isPresent()) {
            look.get().run();
            look = next(clock);
        }
    }

    private Optional<Runnable> next(Clock clock) {
        lock.lock();
        try {
            return device.turn(clock.nanos()).map(looks::get);
        } finally {
            lock.unlock();
        }
    }
}
