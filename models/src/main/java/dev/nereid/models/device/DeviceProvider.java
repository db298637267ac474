package dev.nereid.models.device;

/**
 * An optional module that runs models on devices. {@link java.util.ServiceLoader} finds it where its jar is on the class
 * path.
 */
public interface DeviceProvider {
    /**
     * The devices of this machine. Never fails: {@link Devices#reason} says what cannot be used.
     *
     * @param pinned what all of them together may pin of the machine's memory for copies
     */
    Devices detect(PinnedMemoryBudget pinned);

    /**
     * Opens what measures these devices.
     *
     * @param devices of {@link #detect}
     * @return the caller closes it
     * @throws DeviceException if they cannot be measured
     */
    DeviceMonitor monitor(Devices devices);
}
