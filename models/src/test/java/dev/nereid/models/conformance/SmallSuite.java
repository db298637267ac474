package dev.nereid.models.conformance;

import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.onnx.OnnxTensors;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A suite of tests in the layout of the ONNX project's, one operator each, with outputs calculated by hand. */
public final class SmallSuite {
    /** How many tests there are. */
    public static final int TESTS = 15;

    private static final DataType FLOAT = DataType.FLOAT;

    private final Path root;

    private SmallSuite(Path root) {
        this.root = root;
    }

    /** Writes the suite below {@code root}. */
    public static Path write(Path root) throws IOException {
        SmallSuite suite = new SmallSuite(root);
        suite.writeArithmetic();
        suite.writeWindows();
        suite.writeRows();
        suite.writeMoves();
        suite.writeOtherTypes();
        return root;
    }

    private void writeArithmetic() throws IOException {
        write(
                "test_add_broadcast",
                graph().input("a", FLOAT, "2", "3")
                        .input("b", FLOAT, "3")
                        .output("y", FLOAT, "2", "3")
                        .node("Add", "y", "a", "b"),
                List.of(floats(List.of(2, 3), 1, 2, 3, 4, 5, 6), floats(List.of(3), 10, -20, 0.5f)),
                floats(List.of(2, 3), 11, -18, 3.5f, 14, -15, 6.5f));
        write(
                "test_matmul",
                graph().input("a", FLOAT, "2", "3")
                        .input("b", FLOAT, "3", "2")
                        .output("y", FLOAT, "2", "2")
                        .node("MatMul", "y", "a", "b"),
                List.of(floats(List.of(2, 3), 1, 2, 3, 4, 5, 6), floats(List.of(3, 2), 1, 0, -1, 2, 0.5f, 1)),
                floats(List.of(2, 2), 0.5f, 7, 2, 16));
        write(
                "test_where",
                graph().input("c", DataType.BOOL, "3")
                        .input("a", FLOAT, "3")
                        .input("b", FLOAT, "3")
                        .output("y", FLOAT, "3")
                        .node("Where", "y", "c", "a", "b"),
                List.of(
                        Tensors.bytes(dev.nereid.tensor.DataType.BOOL, 1, 0, 1),
                        floats(List.of(3), 1, 2, 3),
                        floats(List.of(3), -1, -2, -3)),
                floats(List.of(3), 1, -2, 3));
    }

    private void writeWindows() throws IOException {
        Tensor image = floats(List.of(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9);
        write(
                "test_conv_padded",
                graph().input("x", FLOAT, "1", "1", "3", "3")
                        .output("y", FLOAT, "1", "1", "3", "3")
                        .constant("filter", List.of(1, 1, 3, 3), 0, 1, 0, 1, 0, 1, 0, 1, 0)
                        .constant("bias", List.of(1), 100)
                        .node("Conv", "y", "x", "filter", "bias")
                        .integers("pads", 1, 1, 1, 1),
                List.of(image),
                floats(List.of(1, 1, 3, 3), 106, 109, 108, 113, 120, 117, 112, 121, 114));
        write(
                "test_maxpool",
                graph().input("x", FLOAT, "1", "1", "3", "3")
                        .output("y", FLOAT, "1", "1", "2", "2")
                        .node("MaxPool", "y", "x")
                        .integers("kernel_shape", 2, 2),
                List.of(image),
                floats(List.of(1, 1, 2, 2), 5, 6, 8, 9));
    }

    private void writeRows() throws IOException {
        write(
                "test_softmax",
                graph().input("x", FLOAT, "2", "4").output("y", FLOAT, "2", "4").node("Softmax", "y", "x"),
                List.of(floats(List.of(2, 4), 3, 3, 3, 3, 0, (float) Math.log(3), -200, -200)),
                floats(List.of(2, 4), 0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.75f, 0, 0));
        write(
                "test_reduce_mean",
                graph().input("x", FLOAT, "2", "4")
                        .output("y", FLOAT, "2", "1")
                        .constant("axes", 1)
                        .node("ReduceMean", "y", "x", "axes"),
                List.of(floats(List.of(2, 4), 1, 2, 3, 6, -8, 0, 0, 4)),
                floats(List.of(2, 1), 3, -1));
        write(
                "test_top_k",
                graph().input("x", FLOAT, "4")
                        .output("y", FLOAT, "2")
                        .output("places", DataType.INT64, "2")
                        .constant("k", 2)
                        .node("TopK", List.of("y", "places"), "x", "k"),
                List.of(floats(List.of(4), 3, 9, -1, 5)),
                floats(List.of(2), 9, 5),
                Tensors.longs(1, 3));
    }

    private void writeMoves() throws IOException {
        Tensor matrix = floats(List.of(2, 3), 1, 2, 3, 4, 5, 6);
        write(
                "test_transpose",
                graph().input("x", FLOAT, "2", "3").output("y", FLOAT, "3", "2").node("Transpose", "y", "x"),
                List.of(matrix),
                floats(List.of(3, 2), 1, 4, 2, 5, 3, 6));
        write(
                "test_gather_negative_index",
                graph().input("x", FLOAT, "2", "3")
                        .input("i", DataType.INT64, "3")
                        .output("y", FLOAT, "2", "3")
                        .node("Gather", "y", "x", "i")
                        .integer("axis", 1),
                List.of(matrix, Tensors.longs(2, 0, -2)),
                floats(List.of(2, 3), 3, 1, 2, 6, 4, 5));
        write(
                "test_concat",
                graph().input("a", FLOAT, "2", "3")
                        .input("b", FLOAT, "2", "1")
                        .output("y", FLOAT, "2", "4")
                        .node("Concat", "y", "a", "b")
                        .integer("axis", -1),
                List.of(matrix, floats(List.of(2, 1), 7, 8)),
                floats(List.of(2, 4), 1, 2, 3, 7, 4, 5, 6, 8));
        write(
                "test_slice_backwards",
                graph().input("x", FLOAT, "5")
                        .output("y", FLOAT, "2")
                        .constant("start", 4)
                        .constant("end", 0)
                        .constant("axis", 0)
                        .constant("step", -2)
                        .node("Slice", "y", "x", "start", "end", "axis", "step"),
                List.of(floats(List.of(5), 1, 2, 3, 4, 5)),
                floats(List.of(2), 5, 3));
    }

    private void writeOtherTypes() throws IOException {
        write(
                "test_cast_to_int64",
                graph().input("x", FLOAT, "3").output("y", DataType.INT64, "3").cast("y", "x", DataType.INT64),
                List.of(floats(List.of(3), 1.75f, -1.75f, 40)),
                Tensors.longs(1, -1, 40));
        write(
                "test_div_int64",
                graph().input("a", DataType.INT64, "3")
                        .input("b", DataType.INT64, "3")
                        .output("y", DataType.INT64, "3")
                        .node("Div", "y", "a", "b"),
                List.of(Tensors.longs(7, -7, 9), Tensors.longs(2, 2, -4)),
                Tensors.longs(3, -3, -2));
        write(
                "test_string_concat",
                graph().input("a", DataType.STRING, "2")
                        .input("b", DataType.STRING, "2")
                        .output("y", DataType.STRING, "2")
                        .node("StringConcat", "y", "a", "b"),
                List.of(Tensors.strings("Ne", ""), Tensors.strings("reid", "sea")),
                Tensors.strings("Nereid", "sea"));
    }

    private static GraphWriter graph() {
        return new GraphWriter("test");
    }

    private static Tensor floats(List<Integer> dims, float... values) {
        return Tensors.floats(values)
                .withShape(Shape.of(dims.stream().mapToLong(Integer::longValue).toArray()));
    }

    private void write(String test, GraphWriter graph, List<Tensor> inputs, Tensor... outputs) throws IOException {
        Path data = Files.createDirectories(root.resolve("node").resolve(test).resolve("test_data_set_0"));
        Files.write(data.resolveSibling("model.onnx"), graph.model().toByteArray());
        for (int i = 0; i < inputs.size(); i++) {
            Files.write(data.resolve("input_" + i + ".pb"), OnnxTensors.write("", inputs.get(i)));
        }
        for (int i = 0; i < outputs.length; i++) {
            Files.write(data.resolve("output_" + i + ".pb"), OnnxTensors.write("", outputs[i]));
        }
    }
}
