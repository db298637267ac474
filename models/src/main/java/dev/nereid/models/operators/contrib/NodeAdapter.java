package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepKernel;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Presents a node to another operator: with other attributes, and with steps appended to its own. */
final class NodeAdapter {
    private NodeAdapter() {}

    private static Node node(Node node, Attributes attributes, int opset) {
        return new Node(node.name(), node.domain(), node.operator(), opset, node.inputs(), node.outputs(), attributes);
    }

    /** The node as it is seen by type inference. */
    static Inference of(Inference inference, Attributes attributes, int opset) {
        return new View(inference, node(inference.node(), attributes, opset));
    }

    /** The node as it is seen by lowering; {@code around} extends the step's kernel. */
    static Lowering of(Lowering lowering, Attributes attributes, int opset, UnaryOperator<StepKernel> around) {
        return new LoweringView(lowering, node(lowering.node(), attributes, opset), around);
    }

    /** As the other one, without the inputs from {@code end} on. */
    static Lowering of(Lowering lowering, Attributes attributes, int opset, int end, UnaryOperator<StepKernel> around) {
        Node node = node(lowering.node(), attributes, opset);
        return new LoweringView(
                lowering,
                node.withInputs(
                        node.inputs().subList(0, Math.min(end, node.inputs().size()))),
                around);
    }

    private static class View implements Inference {
        private final Inference inference;
        private final Node node;

        View(Inference inference, Node node) {
            this.inference = inference;
            this.node = node;
        }

        @Override
        public Node node() {
            return node;
        }

        @Override
        public ValueType valueType(int input) {
            return inference.valueType(input);
        }

        @Override
        public List<ValueType> bodyTypes(Graph body, List<? extends ValueType> inputs) {
            return inference.bodyTypes(body, inputs);
        }

        @Override
        public Optional<Tensor> constant(int input) {
            return inference.constant(input);
        }

        @Override
        public Optional<List<Dim>> content(int input) {
            return inference.content(input);
        }

        @Override
        public Dim unknownDim() {
            return inference.unknownDim();
        }
    }

    private static final class LoweringView extends View implements Lowering {
        private final Lowering lowering;
        private final UnaryOperator<StepKernel> around;

        LoweringView(Lowering lowering, Node node, UnaryOperator<StepKernel> around) {
            super(lowering, node);
            this.lowering = lowering;
            this.around = around;
        }

        @Override
        public KernelSet kernels() {
            return lowering.kernels();
        }

        @Override
        public boolean wants(int output) {
            return lowering.wants(output);
        }

        @Override
        public TensorType outputType(int output) {
            return lowering.outputType(output);
        }

        @Override
        public void step(StepKernel kernel) {
            lowering.step(around.apply(kernel));
        }

        @Override
        public void stepInPlace(int input, StepKernel kernel) {
            lowering.stepInPlace(input, around.apply(kernel));
        }

        @Override
        public void stepReading(int[] inputs, StepKernel kernel) {
            lowering.stepReading(inputs, around.apply(kernel));
        }

        @Override
        public void stepPutting(StepKernel kernel) {
            lowering.stepPutting(around.apply(kernel));
        }

        @Override
        public Subgraph body(Graph graph, List<? extends ValueType> inputs) {
            return lowering.body(graph, inputs);
        }

        @Override
        public void alias(int output, int input) {
            lowering.alias(output, input);
        }

        @Override
        public MemorySegment constantMemory(long bytes) {
            return lowering.constantMemory(bytes);
        }
    }
}
