package dev.nereid.server.grpc;

import dev.nereid.proto.inference.CudaSharedMemoryRegisterRequest;
import dev.nereid.proto.inference.CudaSharedMemoryRegisterResponse;
import dev.nereid.proto.inference.CudaSharedMemoryStatusRequest;
import dev.nereid.proto.inference.CudaSharedMemoryStatusResponse;
import dev.nereid.proto.inference.CudaSharedMemoryUnregisterRequest;
import dev.nereid.proto.inference.CudaSharedMemoryUnregisterResponse;
import dev.nereid.proto.inference.SystemSharedMemoryRegisterRequest;
import dev.nereid.proto.inference.SystemSharedMemoryRegisterResponse;
import dev.nereid.proto.inference.SystemSharedMemoryStatusRequest;
import dev.nereid.proto.inference.SystemSharedMemoryStatusResponse;
import dev.nereid.proto.inference.SystemSharedMemoryUnregisterRequest;
import dev.nereid.proto.inference.SystemSharedMemoryUnregisterResponse;
import dev.nereid.server.sharedmemory.RegionStatus;
import dev.nereid.server.sharedmemory.SharedMemory;
import java.util.List;

/** The extensions for shared memory of the system and of GPUs as messages. An empty name stands for all regions. */
final class SharedMemoryMessages {
    private SharedMemoryMessages() {}

    static SystemSharedMemoryStatusResponse status(SharedMemory memory, SystemSharedMemoryStatusRequest request) {
        List<RegionStatus.OfSystem> regions =
                request.getName().isEmpty() ? memory.regions() : List.of(memory.region(request.getName()));
        SystemSharedMemoryStatusResponse.Builder response = SystemSharedMemoryStatusResponse.newBuilder();
        for (RegionStatus.OfSystem region : regions) {
            response.putRegions(
                    region.name(),
                    SystemSharedMemoryStatusResponse.RegionStatus.newBuilder()
                            .setName(region.name())
                            .setKey(region.key())
                            .setOffset(region.offset())
                            .setByteSize(region.byteSize())
                            .build());
        }
        return response.build();
    }

    static SystemSharedMemoryRegisterResponse register(SharedMemory memory, SystemSharedMemoryRegisterRequest request) {
        memory.register(request.getName(), request.getKey(), request.getOffset(), request.getByteSize());
        return SystemSharedMemoryRegisterResponse.getDefaultInstance();
    }

    static SystemSharedMemoryUnregisterResponse unregister(
            SharedMemory memory, SystemSharedMemoryUnregisterRequest request) {
        if (request.getName().isEmpty()) {
            memory.unregisterAll();
        } else {
            memory.unregister(request.getName());
        }
        return SystemSharedMemoryUnregisterResponse.getDefaultInstance();
    }

    static CudaSharedMemoryStatusResponse cudaStatus(SharedMemory memory, CudaSharedMemoryStatusRequest request) {
        List<RegionStatus.OfGpu> regions =
                request.getName().isEmpty() ? memory.gpuRegions() : List.of(memory.gpuRegion(request.getName()));
        CudaSharedMemoryStatusResponse.Builder response = CudaSharedMemoryStatusResponse.newBuilder();
        for (RegionStatus.OfGpu region : regions) {
            response.putRegions(
                    region.name(),
                    CudaSharedMemoryStatusResponse.RegionStatus.newBuilder()
                            .setName(region.name())
                            .setDeviceId(region.device())
                            .setByteSize(region.byteSize())
                            .build());
        }
        return response.build();
    }

    static CudaSharedMemoryRegisterResponse registerCuda(SharedMemory memory, CudaSharedMemoryRegisterRequest request) {
        memory.registerGpu(
                request.getName(), request.getRawHandle().toByteArray(), request.getDeviceId(), request.getByteSize());
        return CudaSharedMemoryRegisterResponse.getDefaultInstance();
    }

    static CudaSharedMemoryUnregisterResponse unregisterCuda(
            SharedMemory memory, CudaSharedMemoryUnregisterRequest request) {
        if (request.getName().isEmpty()) {
            memory.unregisterAllGpus();
        } else {
            memory.unregisterGpu(request.getName());
        }
        return CudaSharedMemoryUnregisterResponse.getDefaultInstance();
    }
}
