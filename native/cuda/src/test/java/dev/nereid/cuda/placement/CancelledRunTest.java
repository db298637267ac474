package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.execute.CancelledRuns;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs on an emulated GPU that end before they are over. */
@Tag("cuda")
@Timeout(60)
class CancelledRunTest {
    /** Regions of the GPU and steps of the CPU in turn: the stream and its memory are given back. */
    @Test
    void aRunOnADeviceGivesBackWhatItHasThere() {
        EmulatedCuda cuda = EmulatedCuda.find("cancelled runs on a GPU").orElseGet(() -> Assumptions.abort("no GPU"));
        GraphProto graph = graph(
                "x:f[1,2]",
                "y:f",
                node("a = Relu(x)"),
                node("c = Concat(a, a)", number("axis", 0)),
                node("b = Det(c)"),
                node("d = Add(c, b)"),
                node("e = Det(d)"),
                node("y = Add(e, a)"));
        SlabPool pool = new SlabPool(1 << 20);
        try (LoadedModel model = ModelSketch.load(
                graph, LoadOptions.UNOPTIMIZED, pool, cuda.devices().all().getFirst())) {
            assertThat(model.placement().orElseThrow().regions()).isGreaterThan(1);
            Tensor x = Tensors.floats(new float[] {1, 2}).withShape(Shape.of(1, 2));
            assertThat(CancelledRuns.outputs(model, x)).hasSize(1);
            long streams = cuda.streams();
            CancelledRuns.checkAnywhere(model, pool, x);
            assertThat(cuda.streams()).isEqualTo(streams);
        }
        assertThat(pool.usedBytes()).isZero();
        pool.close();
        assertThat(cuda.streams()).isZero();
        assertThat(cuda.used(0)).isZero();
    }
}
