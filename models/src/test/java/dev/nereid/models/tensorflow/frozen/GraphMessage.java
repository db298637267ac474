package dev.nereid.models.tensorflow.frozen;

import com.google.protobuf.ByteString;
import dev.nereid.proto.tensorflow.AttrValue;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.FunctionDef;
import dev.nereid.proto.tensorflow.GraphDef;
import dev.nereid.proto.tensorflow.NameAttrList;
import dev.nereid.proto.tensorflow.NodeDef;
import dev.nereid.proto.tensorflow.OpDef;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import java.util.Arrays;
import java.util.List;

/** Writes graphs for tests. */
final class GraphMessage {
    private final GraphDef.Builder graph = GraphDef.newBuilder();

    GraphMessage placeholder(String name, long... dims) {
        return add(node("Placeholder", name)
                .putAttr("dtype", type(DataType.DT_FLOAT))
                .putAttr("shape", AttrValue.newBuilder().setShape(shape(dims)).build()));
    }

    GraphMessage floats(String name, float[] values, long... dims) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).setTensorShape(shape(dims));
        for (float value : values) {
            tensor.addFloatVal(value);
        }
        return constant(name, tensor.build());
    }

    GraphMessage integers(String name, int[] values, long... dims) {
        return constant(
                name,
                TensorProto.newBuilder()
                        .setDtype(DataType.DT_INT32)
                        .setTensorShape(shape(dims))
                        .addAllIntVal(Arrays.stream(values).boxed().toList())
                        .build());
    }

    GraphMessage constant(String name, TensorProto value) {
        return add(node("Const", name)
                .putAttr(
                        "dtype",
                        AttrValue.newBuilder().setType(value.getDtype()).build())
                .putAttr("value", AttrValue.newBuilder().setTensor(value).build()));
    }

    GraphMessage add(NodeDef.Builder node) {
        graph.addNode(node);
        return this;
    }

    GraphMessage add(String operator, String name, String... inputs) {
        return add(node(operator, name, inputs));
    }

    GraphMessage function(FunctionDef function) {
        graph.getLibraryBuilder().addFunction(function);
        return this;
    }

    GraphDef message() {
        return graph.build();
    }

    static NodeDef.Builder node(String operator, String name, String... inputs) {
        return NodeDef.newBuilder().setOp(operator).setName(name).addAllInput(List.of(inputs));
    }

    static FunctionDef function(String name, List<String> arguments, List<String> results, NodeDef.Builder... nodes) {
        OpDef.Builder signature = OpDef.newBuilder().setName(name);
        FunctionDef.Builder function = FunctionDef.newBuilder();
        arguments.forEach(
                argument -> signature.addInputArg(OpDef.ArgDef.newBuilder().setName(argument)));
        for (int i = 0; i < results.size(); i++) {
            signature.addOutputArg(OpDef.ArgDef.newBuilder().setName("result_" + i));
            function.putRet("result_" + i, results.get(i));
        }
        for (NodeDef.Builder node : nodes) {
            function.addNodeDef(node);
        }
        return function.setSignature(signature).build();
    }

    static TensorShapeProto shape(long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(dim));
        }
        return shape.build();
    }

    static AttrValue type(DataType type) {
        return AttrValue.newBuilder().setType(type).build();
    }

    static AttrValue text(String text) {
        return AttrValue.newBuilder().setS(ByteString.copyFromUtf8(text)).build();
    }

    static AttrValue number(long number) {
        return AttrValue.newBuilder().setI(number).build();
    }

    static AttrValue numbers(Long... numbers) {
        return AttrValue.newBuilder()
                .setList(AttrValue.ListValue.newBuilder().addAllI(List.of(numbers)))
                .build();
    }

    static AttrValue function(String name) {
        return AttrValue.newBuilder()
                .setFunc(NameAttrList.newBuilder().setName(name))
                .build();
    }
}
