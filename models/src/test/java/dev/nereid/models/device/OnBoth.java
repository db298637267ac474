package dev.nereid.models.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.nativekernels.EmulatedCuda;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Loads graphs for the CPU and for an emulated GPU, and sees that both give the same bits and that nothing is left there. */
final class OnBoth implements AutoCloseable {
    private final EmulatedCuda cuda;
    private final SlabPool pool = new SlabPool(1 << 20);

    private OnBoth(EmulatedCuda cuda) {
        this.cuda = cuda;
    }

    static OnBoth open(String test) {
        return new OnBoth(EmulatedCuda.find(test).orElseGet(() -> Assumptions.abort("no emulated GPU")));
    }

    LoadedModel onGpu(GraphProto graph) {
        return ModelSketch.load(
                graph, LoadOptions.UNOPTIMIZED, pool, cuda.devices().all().getFirst());
    }

    /** Runs a graph with each list of inputs, twice on the GPU; returns what went there. */
    PlacementReport check(GraphProto graph, List<List<Tensor>> runs) {
        try (LoadedModel onCpu = ModelSketch.load(graph, LoadOptions.UNOPTIMIZED, pool);
                LoadedModel onGpu = onGpu(graph)) {
            for (List<Tensor> inputs : runs) {
                List<List<Byte>> expected = outputs(onCpu, inputs);
                assertThat(outputs(onGpu, inputs)).isEqualTo(expected);
                assertThat(outputs(onGpu, inputs)).as("once more").isEqualTo(expected);
            }
            return onGpu.placement().orElseThrow();
        }
    }

    private static List<List<Byte>> outputs(LoadedModel model, List<Tensor> inputs) {
        try (RunResult result = model.run(inputs, Workers.single())) {
            return result.outputs().stream().map(OnBoth::bytes).toList();
        }
    }

    private static List<Byte> bytes(Tensor tensor) {
        List<Byte> bytes = new ArrayList<>();
        for (byte each : tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_BYTE)) {
            bytes.add(each);
        }
        return bytes;
    }

    @Override
    public void close() {
        pool.close();
        assertThat(cuda.used(0)).as("bytes left on the device").isZero();
    }
}
