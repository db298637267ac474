package dev.nereid.bench.operators;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.nereid.bench.models.Attributes;
import dev.nereid.models.LoadOptions;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One node with its inputs, run by ONNX Runtime and by us: with constants and without, with dims that are known when the
 * model is loaded and with symbols, optimised and not. All have to agree.
 */
final class NodeCase {
    /** What a model says of its inputs. */
    private enum Knowledge {
        SHAPES,
        RANKS
    }

    private final String domain;
    private final String operator;
    private final int opset;
    private Attributes attributes = Attributes.NONE;
    private final List<Tensor> tensors = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final Map<String, Tensor> captured = new LinkedHashMap<>();
    private int constants;
    private int outputs = 1;

    private NodeCase(String domain, String operator, int opset) {
        this.domain = domain;
        this.operator = operator;
        this.opset = opset;
    }

    static NodeCase of(String operator, int opset) {
        return new NodeCase("", operator, opset);
    }

    static NodeCase microsoft(String operator) {
        return new NodeCase("com.microsoft", operator, 1);
    }

    NodeCase with(Attributes all) {
        attributes = all;
        return this;
    }

    NodeCase input(Tensor tensor) {
        names.add("in" + names.size());
        tensors.add(tensor);
        return this;
    }

    /** An optional input that is left out. */
    NodeCase absent() {
        names.add("");
        return this;
    }

    /** A constant of the model that subgraphs of the node read. */
    NodeCase captured(String name, Tensor tensor) {
        captured.put(name, tensor);
        return this;
    }

    /** The last so many inputs that are there may be constants of the model. */
    NodeCase constants(int count) {
        constants = count;
        return this;
    }

    NodeCase outputs(int count) {
        outputs = count;
        return this;
    }

    /** Checks that every way of ours gives what ONNX Runtime gives; {@code tolerance} is relative and absolute. */
    void agrees(double tolerance) {
        List<Outcome> expected;
        try {
            expected = Runtimes.onnxRuntime(model(Knowledge.SHAPES, 0), tensors);
        } catch (OrtException e) {
            throw new AssertionError(operator + ": ONNX Runtime refuses it", e);
        }
        for (Knowledge knowledge : Knowledge.values()) {
            for (int constant = 0; constant <= constants; constant += Math.max(constants, 1)) {
                for (LoadOptions options : List.of(LoadOptions.DEFAULT, LoadOptions.UNOPTIMIZED)) {
                    String what = operator + ", known are " + knowledge + ", constants " + constant;
                    List<Outcome> ours = Runtimes.nereid(
                            model(knowledge, constant), options, tensors.subList(0, tensors.size() - constant));
                    assertThat(ours).as(what).hasSameSizeAs(expected);
                    for (int i = 0; i < expected.size(); i++) {
                        ours.get(i).check(what + ", output " + i, expected.get(i), tolerance);
                    }
                }
            }
        }
    }

    /** What we give, optimised. */
    List<Outcome> ours() {
        return Runtimes.nereid(model(Knowledge.RANKS, 0), LoadOptions.DEFAULT, tensors);
    }

    /** Checks that both refuse to load or to run it, and that ours says {@code words}. */
    void isRefused(String... words) {
        assertThat(refusalOfOnnxRuntime()).as("what ONNX Runtime says").isNotEmpty();
        isRefusedByUs(words);
    }

    /** Checks that we refuse to load or to run it, whatever is known, with {@code words}. */
    void isRefusedByUs(String... words) {
        for (Knowledge knowledge : Knowledge.values()) {
            for (LoadOptions options : List.of(LoadOptions.DEFAULT, LoadOptions.UNOPTIMIZED)) {
                String message;
                try {
                    message = "nothing, but gives " + Runtimes.nereid(model(knowledge, 0), options, tensors);
                } catch (RuntimeException e) {
                    message = String.valueOf(e.getMessage());
                }
                assertThat(message)
                        .as("what we say where known are " + knowledge)
                        .contains(words)
                        .doesNotContain("IndexOutOfBounds")
                        .doesNotContain("Exception:");
            }
        }
    }

    private String refusalOfOnnxRuntime() {
        try {
            Runtimes.onnxRuntime(model(Knowledge.SHAPES, 0), tensors);
            return "";
        } catch (OrtException e) {
            return e.getMessage();
        }
    }

    private ModelProto model(Knowledge knowledge, int constant) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("case");
        captured.forEach((name, tensor) -> graph.addInitializer(Data.proto(name, tensor)));
        int inputs = tensors.size() - constant;
        int next = 0;
        for (String name : names) {
            if (name.isEmpty()) {
                continue;
            }
            Tensor tensor = tensors.get(next);
            if (next < inputs) {
                graph.addInput(port(name, tensor, knowledge));
            } else {
                graph.addInitializer(Data.proto(name, tensor));
            }
            next++;
        }
        NodeProto.Builder node = NodeProto.newBuilder()
                .setDomain(domain)
                .setOpType(operator)
                .addAllInput(names)
                .addAllAttribute(attributes.list());
        for (int i = 0; i < outputs; i++) {
            node.addOutput("out" + i);
            graph.addOutput(ValueInfoProto.newBuilder().setName("out" + i));
        }
        ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(10).setGraph(graph.addNode(node));
        model.addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(domain.isEmpty() ? opset : 20));
        if (!domain.isEmpty()) {
            model.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(opset));
        }
        return model.build();
    }

    private static ValueInfoProto port(String name, Tensor tensor, Knowledge knowledge) {
        TypeProto.Tensor.Builder type = TypeProto.Tensor.newBuilder()
                .setElemType(Data.type(tensor.dataType()).getNumber());
        Shape shape = tensor.shape();
        type.getShapeBuilder();
        for (int axis = 0; axis < shape.rank(); axis++) {
            if (knowledge == Knowledge.SHAPES) {
                type.getShapeBuilder().addDimBuilder().setDimValue(shape.dim(axis));
            } else {
                type.getShapeBuilder().addDimBuilder().setDimParam(name + "_" + axis);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(type))
                .build();
    }
}
