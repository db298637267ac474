package dev.nereid.kernels.device;

/** One device of this machine. Any thread. */
public interface Device {
    /** Its number, as model configs name it. */
    int number();

    /** What it is called, for people. */
    String description();

    /** Where it sits, as the system's own tools call that place. */
    String address();

    /** A part of the device for one model, with true products of {@code FP32}. */
    default DeviceModelResources open() {
        return open(DevicePrecision.FP32);
    }

    /**
     * A part of the device for one model.
     *
     * @param precision of its products of matrices
     * @return the caller closes it
     * @throws DeviceException if the device refuses
     */
    DeviceModelResources open(DevicePrecision precision);

    /** Bytes of a handle that {@link #openIpc} takes. */
    int handleBytes();

    /**
     * Memory of this device that another process shares.
     *
     * @param handle what that process was given for it, of {@link #handleBytes} bytes
     * @return the caller closes it
     * @throws DeviceException if the device does not know the handle
     */
    DeviceIpcMemory openIpc(byte[] handle);
}
