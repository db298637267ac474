package dev.nereid.models.tensorflow.saved;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.nereid.proto.tensorflow.AttrValue;
import dev.nereid.proto.tensorflow.BundleEntryProto;
import dev.nereid.proto.tensorflow.BundleHeaderProto;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.FunctionDef;
import dev.nereid.proto.tensorflow.GraphDef;
import dev.nereid.proto.tensorflow.MetaGraphDef;
import dev.nereid.proto.tensorflow.NameAttrList;
import dev.nereid.proto.tensorflow.NodeDef;
import dev.nereid.proto.tensorflow.OpDef;
import dev.nereid.proto.tensorflow.SavedModel;
import dev.nereid.proto.tensorflow.SignatureDef;
import dev.nereid.proto.tensorflow.TensorInfo;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes SavedModels as TensorFlow 2 does: x * a + b by a function, variables by a function that restores them. */
public final class WrittenSavedModel {
    static final String A = "a/.ATTRIBUTES/VARIABLE_VALUE";
    static final String B = "b/.ATTRIBUTES/VARIABLE_VALUE";

    /** The node of y = x / 2 + 2. */
    public static final String CALL = "call";

    /** The node of y = x + 4. */
    public static final String TWICE = "twice";

    /** A node of an operator that there is not. */
    public static final String UNKNOWN = "unknown";

    private WrittenSavedModel() {}

    /** y = x / 2 + 2, with both variables in one shard; b is not aligned to its elements. */
    static Path write(Path folder) throws IOException {
        return write(folder, -1);
    }

    /** The same with other dims in its signature. */
    public static Path write(Path folder, long... dims) throws IOException {
        return write(folder, model(graph().build(), dims));
    }

    /** A model whose signatures are called as said: each a text before ':', and behind it the node that gives its output. */
    public static Path writeSignatures(Path folder, String... signatures) throws IOException {
        GraphDef.Builder graph = graph();
        graph.addNode(node(TWICE, "AddV2", "call", "call").putAttr("T", type(DataType.DT_FLOAT)));
        graph.addNode(node(UNKNOWN, "NoSuchOperator", "serving_x"));
        TensorShapeProto rows = shape(-1);
        SavedModel.Builder model = model(graph.build()).toBuilder();
        MetaGraphDef.Builder meta = model.getMetaGraphsBuilder(0).clearSignatureDef();
        for (String signature : signatures) {
            int colon = signature.indexOf(':');
            meta.putSignatureDef(
                    signature.substring(0, colon),
                    SignatureDef.newBuilder()
                            .setMethodName("tensorflow/serving/" + signature.substring(0, colon))
                            .putInputs("x", info("serving_x:0", rows))
                            .putOutputs("y", info(signature.substring(colon + 1) + ":0", rows))
                            .build());
        }
        return write(folder, model.build());
    }

    /**
     * A model as TensorFlow 1 exports one that takes serialized examples, whose input has no shape: twice the feature x, or 14 for
     * an example without it.
     *
     * @param signature what it is called; it regresses
     */
    public static Path writeExamples(Path folder, String signature) throws IOException {
        AttrValue.Builder types = AttrValue.newBuilder();
        types.getListBuilder().addType(DataType.DT_FLOAT);
        AttrValue.Builder shapes = AttrValue.newBuilder();
        shapes.getListBuilder().addShape(shape(1));
        GraphDef.Builder graph = graph();
        graph.addNode(node("examples", "Placeholder").putAttr("dtype", type(DataType.DT_STRING)));
        graph.addNode(texts("no_names")).addNode(texts("key", "x"));
        TensorProto missing = TensorProto.newBuilder()
                .setDtype(DataType.DT_FLOAT)
                .setTensorShape(shape(1))
                .addFloatVal(7)
                .build();
        graph.addNode(node("missing", "Const")
                .putAttr("value", AttrValue.newBuilder().setTensor(missing).build())
                .putAttr("dtype", type(DataType.DT_FLOAT)));
        graph.addNode(node("parse", "ParseExample", "examples", "no_names", "key", "missing")
                .putAttr("Nsparse", AttrValue.newBuilder().setI(0).build())
                .putAttr("Ndense", AttrValue.newBuilder().setI(1).build())
                .putAttr("Tdense", types.build())
                .putAttr("dense_shapes", shapes.build()));
        graph.addNode(node("doubled", "AddV2", "parse", "parse").putAttr("T", type(DataType.DT_FLOAT)));
        TensorInfo serialized = TensorInfo.newBuilder()
                .setName("examples:0")
                .setDtype(DataType.DT_STRING)
                .setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true))
                .build();
        SavedModel.Builder model = model(graph.build()).toBuilder();
        model.getMetaGraphsBuilder(0)
                .putSignatureDef(
                        signature,
                        SignatureDef.newBuilder()
                                .setMethodName("tensorflow/serving/regress")
                                .putInputs("inputs", serialized)
                                .putOutputs("outputs", info("doubled:0", shape(-1, 1)))
                                .build());
        return write(folder, model.build());
    }

    private static Path write(Path folder, SavedModel model) throws IOException {
        Files.createDirectories(folder.resolve("variables"));
        Files.write(folder.resolve("saved_model.pb"), model.toByteArray());
        byte[] shard = ByteBuffer.allocate(9)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(0.5f)
                .put((byte) 0)
                .putFloat(2)
                .array();
        Files.write(folder.resolve("variables/variables.data-00000-of-00001"), shard);
        Files.write(folder.resolve("variables/variables.index"), table(entries(shard), false));
        return folder;
    }

    static Map<String, Message> entries(byte[] shard) {
        Map<String, Message> entries = new TreeMap<>();
        entries.put("", BundleHeaderProto.newBuilder().setNumShards(1).build());
        entries.put(A, scalar(shard, 0));
        entries.put(B, scalar(shard, 5));
        return entries;
    }

    private static BundleEntryProto scalar(byte[] shard, int offset) {
        byte[] bytes = java.util.Arrays.copyOfRange(shard, offset, offset + 4);
        return BundleEntryProto.newBuilder()
                .setDtype(DataType.DT_FLOAT)
                .setShape(TensorShapeProto.getDefaultInstance())
                .setOffset(offset)
                .setSize(4)
                .setCrc32C(MaskedChecksum.of(bytes, 4))
                .build();
    }

    static SavedModel model(GraphDef graph) {
        return model(graph, -1);
    }

    private static SavedModel model(GraphDef graph, long... dims) {
        TensorShapeProto rows = shape(dims);
        MetaGraphDef.Builder meta = MetaGraphDef.newBuilder().setGraphDef(graph);
        meta.getMetaInfoDefBuilder().addTags("serve");
        meta.getSaverDefBuilder().setFilenameTensorName("file:0").setRestoreOpName("restore");
        meta.putSignatureDef(
                "serving_default",
                SignatureDef.newBuilder()
                        .putInputs("x", info("serving_x:0", rows))
                        .putOutputs("y", info("call:0", rows))
                        .build());
        return SavedModel.newBuilder()
                .setSavedModelSchemaVersion(1)
                .addMetaGraphs(meta)
                .build();
    }

    private static TensorShapeProto shape(long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            shape.addDimBuilder().setSize(dim);
        }
        return shape.build();
    }

    private static TensorInfo info(String name, TensorShapeProto shape) {
        return TensorInfo.newBuilder()
                .setName(name)
                .setDtype(DataType.DT_FLOAT)
                .setTensorShape(shape)
                .build();
    }

    static GraphDef.Builder graph() {
        GraphDef.Builder graph = GraphDef.newBuilder()
                .addNode(node("serving_x", "Placeholder").putAttr("dtype", type(DataType.DT_FLOAT)))
                .addNode(node("file", "Placeholder").putAttr("dtype", type(DataType.DT_STRING)))
                .addNode(variable("a"))
                .addNode(variable("b"))
                .addNode(call(CALL, "serve", "serving_x", "a", "b"))
                .addNode(call("restore", "restore_all", "file", "a", "b"));
        graph.getLibraryBuilder().addFunction(serving()).addFunction(restoring(List.of(A, B), List.of("", "")));
        return graph;
    }

    private static FunctionDef serving() {
        return function("serve", "x", "a", "b")
                .addNodeDef(node("read_a", "ReadVariableOp", "a").putAttr("dtype", type(DataType.DT_FLOAT)))
                .addNodeDef(node("read_b", "ReadVariableOp", "b").putAttr("dtype", type(DataType.DT_FLOAT)))
                .addNodeDef(node("mul", "Mul", "x", "read_a:value:0").putAttr("T", type(DataType.DT_FLOAT)))
                .addNodeDef(node("add", "AddV2", "mul:z:0", "read_b:value:0").putAttr("T", type(DataType.DT_FLOAT)))
                .putRet("out", "add:z:0")
                .build();
    }

    /** The function that restores both variables from tensors, or slices of them. */
    static FunctionDef restoring(List<String> names, List<String> slices) {
        return function("restore_all", "file", "a", "b")
                .addNodeDef(texts("names", names.toArray(String[]::new)))
                .addNodeDef(texts("slices", slices.toArray(String[]::new)))
                .addNodeDef(node("read", "RestoreV2", "file", "names:output:0", "slices:output:0"))
                .addNodeDef(node("value_a", "Identity", "read:tensors:0"))
                .addNodeDef(node("value_b", "Identity", "read:tensors:1"))
                .addNodeDef(node("set_a", "AssignVariableOp", "a", "value_a:output:0"))
                .addNodeDef(node("set_b", "AssignVariableOp", "b", "value_b:output:0"))
                .addNodeDef(node("result", "Identity", "file", "^set_a", "^set_b"))
                .putRet("out", "result:output:0")
                .build();
    }

    static FunctionDef.Builder function(String name, String... arguments) {
        OpDef.Builder signature = OpDef.newBuilder().setName(name);
        for (String argument : arguments) {
            signature.addInputArgBuilder().setName(argument);
        }
        signature.addOutputArgBuilder().setName("out");
        return FunctionDef.newBuilder().setSignature(signature);
    }

    static NodeDef call(String name, String function, String... inputs) {
        return node(name, "StatefulPartitionedCall", inputs)
                .putAttr(
                        "f",
                        AttrValue.newBuilder()
                                .setFunc(NameAttrList.newBuilder().setName(function))
                                .build())
                .build();
    }

    private static NodeDef variable(String name) {
        return node(name, "VarHandleOp")
                .putAttr("dtype", type(DataType.DT_FLOAT))
                .putAttr(
                        "shape",
                        AttrValue.newBuilder()
                                .setShape(TensorShapeProto.getDefaultInstance())
                                .build())
                .build();
    }

    private static NodeDef texts(String name, String... texts) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_STRING);
        tensor.getTensorShapeBuilder().addDimBuilder().setSize(texts.length);
        for (String text : texts) {
            tensor.addStringVal(ByteString.copyFromUtf8(text));
        }
        return node(name, "Const")
                .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build())
                .putAttr("dtype", type(DataType.DT_STRING))
                .build();
    }

    static NodeDef.Builder node(String name, String operator, String... inputs) {
        NodeDef.Builder node = NodeDef.newBuilder().setName(name).setOp(operator);
        for (String input : inputs) {
            node.addInput(input);
        }
        return node;
    }

    private static AttrValue type(DataType type) {
        return AttrValue.newBuilder().setType(type).build();
    }

    /** A table of one block of entries; its keys share what they begin with. */
    static byte[] table(Map<String, Message> entries, boolean snappy) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        String before = "";
        for (Map.Entry<String, Message> entry : new TreeMap<>(entries).entrySet()) {
            String key = entry.getKey();
            int shared = 0;
            while (shared < Math.min(key.length(), before.length()) && key.charAt(shared) == before.charAt(shared)) {
                shared++;
            }
            byte[] value = entry.getValue().toByteArray();
            varint(block, shared);
            varint(block, key.length() - shared);
            varint(block, value.length);
            block.writeBytes(key.substring(shared).getBytes(StandardCharsets.ISO_8859_1));
            block.writeBytes(value);
            before = key;
        }
        byte[] data = block(file, block, snappy);
        ByteArrayOutputStream index = new ByteArrayOutputStream();
        index.writeBytes(new byte[] {0, 1, (byte) data.length, 'z'});
        index.writeBytes(data);
        byte[] handle = block(file, index, false);
        ByteArrayOutputStream footer = new ByteArrayOutputStream();
        footer.writeBytes(new byte[] {0, 0});
        footer.writeBytes(handle);
        footer.writeBytes(new byte[40 - footer.size()]);
        footer.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0xdb4775248b80fb57L)
                .array());
        file.writeBytes(footer.toByteArray());
        return file.toByteArray();
    }

    /** Writes a block with its trailer, and gives its place. */
    private static byte[] block(ByteArrayOutputStream file, ByteArrayOutputStream entries, boolean snappy) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(entries.toByteArray());
        content.writeBytes(new byte[] {0, 0, 0, 0, 1, 0, 0, 0}); // one restart, at 0
        byte[] plain = content.toByteArray();
        ByteArrayOutputStream stored = new ByteArrayOutputStream();
        stored.writeBytes(snappy ? literal(plain) : plain);
        ByteArrayOutputStream handle = new ByteArrayOutputStream();
        varint(handle, file.size());
        varint(handle, stored.size());
        stored.write(snappy ? 1 : 0);
        byte[] checked = stored.toByteArray();
        file.writeBytes(checked);
        file.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MaskedChecksum.of(checked, checked.length))
                .array());
        return handle.toByteArray();
    }

    /** Snappy's format, without any compression. */
    private static byte[] literal(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        varint(out, plain.length);
        out.write(61 << 2); // two bytes with the length less 1
        out.write(plain.length - 1);
        out.write((plain.length - 1) >>> 8);
        out.writeBytes(plain);
        return out.toByteArray();
    }

    private static void varint(ByteArrayOutputStream out, int value) {
        int rest = value;
        while (rest > 127) {
            out.write((rest & 127) | 128);
            rest >>>= 7;
        }
        out.write(rest);
    }
}
