package dev.nereid.kernels.device;

/** One device of this machine. Any thread. */
public interface Device {
    /** Its number, as model configs name it. */
    int number();

    /** What it is called, for people. */
    String description();

    /** A part of the device for one model, with true products of {@code FP32}. */
    default DeviceSpace open() {
        return open(DevicePrecision.FP32);
    }

    /**
     * A part of the device for one model.
     *
     * @param precision of its products of matrices
     * @return the caller closes it
     * @throws DeviceException if the device refuses
     */
    DeviceSpace open(DevicePrecision precision);
}
