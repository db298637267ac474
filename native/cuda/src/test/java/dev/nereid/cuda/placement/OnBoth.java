package dev.nereid.cuda.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * Loads graphs for the CPU and for an emulated GPU, and sees that both give the same, bit by bit unless a test says
 * otherwise, and that nothing is left on the GPU.
 */
final class OnBoth implements AutoCloseable {
    private final EmulatedCuda cuda;
    private final LoadOptions options;
    private final int opset;
    private final SlabPool pool = new SlabPool(1 << 20);

    private OnBoth(EmulatedCuda cuda, LoadOptions options, int opset) {
        this.cuda = cuda;
        this.options = options;
        this.opset = opset;
    }

    static OnBoth open(String test) {
        return open(test, LoadOptions.UNOPTIMIZED);
    }

    /** @param options for the GPU; on the CPU graphs are as they are */
    static OnBoth open(String test, LoadOptions options) {
        return open(test, options, 18);
    }

    static OnBoth open(String test, LoadOptions options, int opset) {
        EmulatedCuda cuda = EmulatedCuda.find(test).orElseGet(() -> Assumptions.abort("no emulated GPU"));
        return new OnBoth(cuda, options, opset);
    }

    LoadedModel onGpu(GraphProto graph) {
        return ModelSketch.load(graph, options, pool, cuda.devices().all().getFirst(), opset);
    }

    /** Runs a graph with each list of inputs, twice on the GPU; returns what went there. */
    PlacementReport check(GraphProto graph, List<List<Tensor>> runs) {
        return checkWithin(0, graph, runs);
    }

    /** As {@link #check}, where numbers of FP32 may differ by such a part of themselves. */
    PlacementReport checkWithin(float relative, GraphProto graph, List<List<Tensor>> runs) {
        return check(relative, 0, graph, runs);
    }

    /** As {@link #check}, where numbers of FP32 may differ by so much, and by such a part of themselves. */
    PlacementReport checkNear(float distance, GraphProto graph, List<List<Tensor>> runs) {
        return check(distance, distance, graph, runs);
    }

    private PlacementReport check(float relative, float absolute, GraphProto graph, List<List<Tensor>> runs) {
        try (LoadedModel onCpu = ModelSketch.load(graph, LoadOptions.UNOPTIMIZED, pool, opset);
                LoadedModel onGpu = onGpu(graph)) {
            for (List<Tensor> inputs : runs) {
                try (RunResult expected = onCpu.run(inputs, Workers.single())) {
                    compare(relative, absolute, onGpu, inputs, expected);
                    compare(relative, absolute, onGpu, inputs, expected);
                }
            }
            return onGpu.placement().orElseThrow();
        }
    }

    /** Kernels that the GPU starts for the first run of a graph. */
    int launches(GraphProto graph, List<Tensor> inputs) {
        try (LoadedModel onGpu = onGpu(graph)) {
            int before = cuda.launches();
            onGpu.run(inputs, Workers.single()).close();
            return cuda.launches() - before;
        }
    }

    private void compare(float relative, float absolute, LoadedModel onGpu, List<Tensor> inputs, RunResult expected) {
        try (RunResult actual = onGpu.run(inputs, Workers.single())) {
            for (int i = 0; i < expected.outputs().size(); i++) {
                Tensor want = expected.outputs().get(i);
                Tensor have = actual.outputs().get(i);
                assertThat(have.shape()).isEqualTo(want.shape());
                if (want.dataType() == DataType.FP32) {
                    assertThat(content(have).toArray(ValueLayout.JAVA_FLOAT))
                            .usingElementComparator((x, y) -> compare(relative, absolute, x, y))
                            .containsExactly(content(want).toArray(ValueLayout.JAVA_FLOAT));
                } else {
                    assertThat(content(have).toArray(ValueLayout.JAVA_BYTE))
                            .isEqualTo(content(want).toArray(ValueLayout.JAVA_BYTE));
                }
            }
        }
    }

    private static int compare(float relative, float absolute, float x, float y) {
        return relative > 0 && Math.abs(x - y) <= relative * Math.abs(y) + absolute ? 0 : Float.compare(x, y);
    }

    private static MemorySegment content(Tensor tensor) {
        return tensor.segment().asSlice(0, tensor.byteSize());
    }

    @Override
    public void close() {
        pool.close();
        assertThat(cuda.used(0)).as("bytes left on the device").isZero();
    }
}
