package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceChain;
import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Function;

/** What the regions of a model share on a device: what several of them read or run is there once. Used by one thread. */
final class DeviceConstants {
    private final DeviceModelResources resources;
    private final IdentityHashMap<Tensor, Long> addresses = new IdentityHashMap<>();

    DeviceConstants(DeviceModelResources resources) {
        this.resources = resources;
    }

    /** The constant's address. */
    long upload(Tensor constant) {
        return addresses.computeIfAbsent(constant, tensor -> resources.upload(tensor.segment()));
    }

    /** The addresses of what a step makes for itself. */
    long[] upload(Function<SegmentAllocator, List<MemorySegment>> constants) {
        try (Arena arena = Arena.ofConfined()) {
            return constants.apply(arena).stream().mapToLong(resources::upload).toArray();
        }
    }

    /** The chain as a kernel. */
    DeviceChain compile(ElementwiseChain chain) {
        return resources.compile(chain);
    }
}
