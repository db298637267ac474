package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceKernelGraph;
import dev.nereid.cuda.device.DeviceKernels;
import dev.nereid.cuda.device.DeviceStream;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** A stream of a card, with memory of the host that copies pass through. */
final class CudaStream implements DeviceStream {
    /** Bytes on their way from the card to memory that it cannot reach. */
    private record Arriving(MemorySegment staged, MemorySegment to) {}

    private static final long ALIGNMENT = 256;

    private final CudaModelResources resources;
    private final CudaDevice device;
    private final CUstream stream = new CUstream();
    private final StagingMemory staging;
    /** Where flags are copied to. */
    private final NativeMemory arrived;

    private final CudaKernels kernels;
    private final List<Arriving> arriving = new ArrayList<>();
    private final DevicePointer flags;
    private DevicePointer memory = new DevicePointer();
    private long memoryBytes;

    CudaStream(CudaModelResources resources) {
        this.resources = resources;
        this.device = resources.card();
        this.staging = new StagingMemory(device);
        device.attach();
        device.check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "making a stream");
        try {
            this.flags = resources.allocate(ALIGNMENT, "flags of a stream", stream);
            clearFlags();
        } catch (RuntimeException | Error e) {
            // Where memory cannot be cleared the context has failed, and takes its memory along.
            int _ = JCudaDriver.cuStreamDestroy(stream);
            throw e;
        }
        this.arrived = NativeMemory.allocate(Integer.BYTES);
        this.kernels = new CudaKernels(new Launcher(device, stream), flags.address(), resources.precision());
    }

    private void clearFlags() {
        device.check(JCudaDriver.cuMemsetD8Async(flags, (byte) 0, ALIGNMENT, stream), "clearing the flags of a stream");
    }

    @Override
    public void attach() {
        device.attach();
    }

    @Override
    public long reserve(long bytes) {
        if (memoryBytes < bytes || memoryBytes == 0) {
            release();
            long size = Math.ceilDiv(Math.max(bytes, 1), ALIGNMENT) * ALIGNMENT;
            memory = resources.allocate(size, "the values of a run", stream);
            memoryBytes = size;
        }
        return memory.address();
    }

    private void release() {
        if (memoryBytes > 0) {
            long size = memoryBytes;
            memoryBytes = 0;
            resources.free(memory, size, stream);
        }
    }

    @Override
    public void copyIn(MemorySegment from, long to) {
        if (from.byteSize() == 0) {
            return;
        }
        MemorySegment piece = piece(from.byteSize());
        piece.copyFrom(from);
        device.check(
                JCudaDriver.cuMemcpyHtoDAsync(
                        DevicePointer.at(to), new HostPointer(piece.address()), from.byteSize(), stream),
                "copying " + from.byteSize() + " bytes to it");
    }

    @Override
    public void copyOut(long from, MemorySegment to) {
        if (to.byteSize() == 0) {
            return;
        }
        MemorySegment piece = piece(to.byteSize());
        device.check(
                JCudaDriver.cuMemcpyDtoHAsync(
                        new HostPointer(piece.address()), DevicePointer.at(from), to.byteSize(), stream),
                "copying " + to.byteSize() + " bytes from it");
        arriving.add(new Arriving(piece, to));
    }

    private MemorySegment piece(long bytes) {
        if (!staging.has(bytes)) {
            // Grown so that the next run of this size does not wait on its way.
            synchronize();
            staging.grow(bytes);
        }
        return staging.take(bytes);
    }

    @Override
    public DeviceKernels kernels() {
        return kernels;
    }

    /** By capturing: so whatever starts a kernel needs to know nothing of it. */
    @Override
    public DeviceKernelGraph record(Runnable work) {
        device.check(
                JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                "beginning to record kernels");
        CUgraph graph = new CUgraph();
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            if (JCudaDriver.cuStreamEndCapture(stream, graph) == CUresult.CUDA_SUCCESS) {
                int _ = JCudaDriver.cuGraphDestroy(graph);
            }
            throw e;
        }
        int ended = JCudaDriver.cuStreamEndCapture(stream, graph);
        boolean gathers = kernels.takeGathered();
        device.check(ended, "recording kernels");
        CUgraphExec executable = new CUgraphExec();
        int made = JCudaDriver.cuGraphInstantiate(executable, graph, 0);
        int _ = JCudaDriver.cuGraphDestroy(graph);
        device.check(made, "making a graph of recorded kernels");
        return new CudaGraph(device, executable, gathers);
    }

    @Override
    public void replay(DeviceKernelGraph graph) {
        CudaGraph recorded = (CudaGraph) graph;
        if (recorded.gathers()) {
            kernels.noteGathered();
        }
        device.check(JCudaDriver.cuGraphLaunch(recorded.graph(), stream), "starting recorded kernels");
    }

    @Override
    public void synchronize() {
        boolean gathered = kernels.takeGathered();
        if (gathered) {
            device.check(
                    JCudaDriver.cuMemcpyDtoHAsync(
                            new HostPointer(arrived.segment().address()), flags, 4, stream),
                    "copying flags from it");
        }
        device.check(JCudaDriver.cuStreamSynchronize(stream), "running a model");
        arriving.forEach(copy -> copy.to().copyFrom(copy.staged()));
        arriving.clear();
        staging.reset();
        if (gathered && arrived.segment().get(ValueLayout.JAVA_INT, 0) != 0) {
            clearFlags();
            throw new DeviceException(
                    DeviceException.Code.OUTSIDE,
                    device.label() + ": an index, a position or a length is outside of its axis");
        }
    }

    @Override
    public void close() {
        arriving.clear();
        try {
            device.attach();
            release();
            resources.free(flags, ALIGNMENT, stream);
            device.check(JCudaDriver.cuStreamSynchronize(stream), "ending a stream");
        } finally {
            arrived.close();
            kernels.close();
            int _ = JCudaDriver.cuStreamDestroy(stream);
            staging.close();
        }
    }
}
