package dev.nereid.models.device;

import dev.nereid.kernels.device.DeviceSpace;
import dev.nereid.tensor.Tensor;
import java.util.IdentityHashMap;

/** The constants of a model on a device: what several regions read is there once. Used by one thread. */
final class DeviceConstants {
    private final DeviceSpace space;
    private final IdentityHashMap<Tensor, Long> addresses = new IdentityHashMap<>();

    DeviceConstants(DeviceSpace space) {
        this.space = space;
    }

    /** The constant's address. */
    long upload(Tensor constant) {
        return addresses.computeIfAbsent(constant, tensor -> space.upload(tensor.segment()));
    }
}
