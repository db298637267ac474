package dev.nereid.cuda.device;

import dev.nereid.models.device.Devices;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The GPUs that this process may use.
 *
 * @param all in the order of their numbers
 * @param reason one line that says what was found, or why there is nothing
 */
public record GpuDevices(List<GpuDevice> all, String reason) {
    public GpuDevices {
        all = List.copyOf(all);
        Objects.requireNonNull(reason, "reason");
    }

    /** No GPU. */
    public static GpuDevices none(String reason) {
        return new GpuDevices(List.of(), reason);
    }

    /** The GPU with a number. */
    public Optional<GpuDevice> find(int number) {
        return all.stream().filter(device -> device.number() == number).findFirst();
    }

    /** The same devices, as other modules see them. */
    public Devices devices() {
        return new Devices(List.copyOf(all), reason);
    }
}
