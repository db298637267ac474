package dev.nereid.models.device;

import dev.nereid.kernels.device.DeviceChain;
import dev.nereid.kernels.device.DeviceSpace;
import dev.nereid.kernels.device.ElementwiseChain;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Function;

/** What the regions of a model share on a device: what several of them read or run is there once. Used by one thread. */
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

    /** The addresses of what a step makes for itself. */
    long[] upload(Function<SegmentAllocator, List<MemorySegment>> constants) {
        try (Arena arena = Arena.ofConfined()) {
            return constants.apply(arena).stream().mapToLong(space::upload).toArray();
        }
    }

    /** The chain as a kernel. */
    DeviceChain compile(ElementwiseChain chain) {
        return space.compile(chain);
    }
}
