package dev.nereid.models.device;

import java.util.Objects;
import java.util.Optional;

/**
 * Metrics of one device at one time; what the device does not measure is empty.
 *
 * @param device its number
 * @param uuid the name of the device that no other has
 * @param utilization share of the time in which it computed lately, 0 to 1
 * @param memoryBytes all that it has
 * @param usedBytes of those, whoever uses them
 * @param watts what it draws
 * @param mostWatts what it may draw
 * @param joules what it has used since some moment of the past
 */
public record DeviceMetrics(
        int device,
        String uuid,
        Optional<Double> utilization,
        Optional<Long> memoryBytes,
        Optional<Long> usedBytes,
        Optional<Double> watts,
        Optional<Double> mostWatts,
        Optional<Double> joules) {
    public DeviceMetrics {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(utilization, "utilization");
        Objects.requireNonNull(memoryBytes, "memoryBytes");
        Objects.requireNonNull(usedBytes, "usedBytes");
        Objects.requireNonNull(watts, "watts");
        Objects.requireNonNull(mostWatts, "mostWatts");
        Objects.requireNonNull(joules, "joules");
    }

    /** The same, with another count of joules. */
    public DeviceMetrics withJoules(Optional<Double> other) {
        return new DeviceMetrics(device, uuid, utilization, memoryBytes, usedBytes, watts, mostWatts, other);
    }
}
