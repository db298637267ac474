package dev.nereid.models.device;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The devices that this process may use.
 *
 * @param all in the order of their numbers
 * @param reason one line that says what was found, or why there is nothing
 */
public record Devices(List<Device> all, String reason) {
    public Devices {
        all = List.copyOf(all);
        Objects.requireNonNull(reason, "reason");
    }

    /** No device. */
    public static Devices none(String reason) {
        return new Devices(List.of(), reason);
    }

    /** The device with a number. */
    public Optional<Device> find(int number) {
        return all.stream().filter(device -> device.number() == number).findFirst();
    }

    public List<Integer> numbers() {
        return all.stream().map(Device::number).toList();
    }
}
