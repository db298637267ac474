package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceKernelGraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;

/** A CUDA graph, ready to be launched. */
final class CudaGraph implements DeviceKernelGraph {
    private final CudaDevice device;
    private final CUgraphExec graph;
    private final boolean gathers;

    /**
     * Takes over a graph.
     *
     * @param gathers whether one of its kernels checks indices
     */
    CudaGraph(CudaDevice device, CUgraphExec graph, boolean gathers) {
        this.device = device;
        this.graph = graph;
        this.gathers = gathers;
    }

    CUgraphExec graph() {
        return graph;
    }

    boolean gathers() {
        return gathers;
    }

    /** Whatever the driver answers: a context that has failed takes its graphs along. */
    @Override
    public void close() {
        device.attachIfPossible();
        int _ = JCudaDriver.cuGraphExecDestroy(graph);
    }
}
