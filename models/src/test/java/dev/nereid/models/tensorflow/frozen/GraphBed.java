package dev.nereid.models.tensorflow.frozen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.PlanRunner;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.Node;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.optimize.Optimizer;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.proto.tensorflow.GraphDef;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Imports and runs frozen graphs. */
final class GraphBed {
    private static final KernelSet KERNELS = new VectorKernels(Cpu.detect()).over(KernelSet.scalar());

    private GraphBed() {}

    static List<Tensor> run(GraphDef graph, List<Tensor> inputs, boolean optimized) {
        return run(graph.toByteArray(), DeclaredPorts.NONE, inputs, optimized);
    }

    static List<Tensor> run(byte[] file, DeclaredPorts ports, List<Tensor> inputs, boolean optimized) {
        try (ImportedModel model = FrozenGraphImporter.load(file, ModelLoader.operators(), ports);
                Arena folded = Arena.ofShared();
                SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(
                        optimized
                                ? Optimizer.full(ModelLoader.operators(), KERNELS, folded, true)
                                        .apply(model.graph())
                                : model.graph(),
                        ModelLoader.operators(),
                        KERNELS);
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.run(inputs, Workers.single())) {
            return result.outputs().stream().map(Tensors::copy).toList();
        }
    }

    /** The operators of the graph as it is run, in its order. */
    static List<String> operators(GraphDef graph) {
        try (ImportedModel model =
                        FrozenGraphImporter.load(graph.toByteArray(), ModelLoader.operators(), DeclaredPorts.NONE);
                Arena folded = Arena.ofShared()) {
            return Optimizer.full(ModelLoader.operators(), KERNELS, folded, true).apply(model.graph()).nodes().stream()
                    .map(Node::operator)
                    .toList();
        }
    }

    static void assertClose(Tensor got, Tensor wanted, double tolerance) {
        assertThat(got.shape()).isEqualTo(wanted.shape());
        float[] actual = floats(got);
        float[] expected = floats(wanted);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("element %s", i).isCloseTo(expected[i], within((float) tolerance));
        }
    }

    static float[] floats(Tensor tensor) {
        return tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
    }
}
