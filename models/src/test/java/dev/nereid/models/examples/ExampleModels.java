package dev.nereid.models.examples;

import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The small models of {@code models/examples}, with the names, shapes and arithmetic that clients of Triton's example
 * repository rely on. Run {@link #main} with the folder {@code models} to write them.
 */
public final class ExampleModels {
    private static final String BATCH = "batch";

    private ExampleModels() {}

    /** Every model, by the path of its file below the folder {@code models}. */
    public static Map<String, ModelProto> all() {
        Map<String, ModelProto> models = new TreeMap<>();
        models.put("examples/simple/1/model.onnx", simple());
        models.put("examples/simple_int8/1/model.onnx", simpleAs("simple_int8", DataType.INT8));
        models.put("examples/simple_string/1/model.onnx", simpleAs("simple_string", DataType.STRING));
        models.put("examples/simple_identity/1/model.onnx", identity());
        models.put("examples/simple_sequence/1/model.onnx", sequence());
        models.put("examples/simple_dyna_sequence/1/model.onnx", dynaSequence());
        models.put("examples/simple_string_dyna_sequence/1/model.onnx", stringDynaSequence());
        return models;
    }

    public static void main(String[] arguments) throws IOException {
        for (Map.Entry<String, ModelProto> model : all().entrySet()) {
            Path file = Path.of(arguments[0], model.getKey());
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.write(file, model.getValue().toByteArray());
        }
    }

    /** OUTPUT0 = INPUT0 + INPUT1, OUTPUT1 = INPUT0 - INPUT1. */
    private static ModelProto simple() {
        return frame("simple", DataType.INT32)
                .node("Add", "OUTPUT0", "INPUT0", "INPUT1")
                .node("Sub", "OUTPUT1", "INPUT0", "INPUT1")
                .model();
    }

    /** As {@link #simple}, computed in INT32 and converted at both ends. */
    private static ModelProto simpleAs(String name, DataType type) {
        return frame(name, type)
                .cast("left", "INPUT0", DataType.INT32)
                .cast("right", "INPUT1", DataType.INT32)
                .node("Add", "sum", "left", "right")
                .node("Sub", "difference", "left", "right")
                .cast("OUTPUT0", "sum", type)
                .cast("OUTPUT1", "difference", type)
                .model();
    }

    private static GraphWriter frame(String name, DataType type) {
        return new GraphWriter(name)
                .input("INPUT0", type, BATCH, "16")
                .input("INPUT1", type, BATCH, "16")
                .output("OUTPUT0", type, BATCH, "16")
                .output("OUTPUT1", type, BATCH, "16");
    }

    private static ModelProto identity() {
        return new GraphWriter("simple_identity")
                .input("INPUT0", DataType.STRING, BATCH, "length")
                .output("OUTPUT0", DataType.STRING, BATCH, "length")
                .node("Identity", "OUTPUT0", "INPUT0")
                .model();
    }

    /** OUTPUT = (INPUT + START) * READY: adds one to a sequence's first value. */
    private static ModelProto sequence() {
        return new GraphWriter("simple_sequence")
                .input("INPUT", DataType.INT32, BATCH, "1")
                .input("START", DataType.INT32, BATCH, "1")
                .input("READY", DataType.INT32, BATCH, "1")
                .output("OUTPUT", DataType.INT32, BATCH, "1")
                .node("Add", "started", "INPUT", "START")
                .node("Mul", "OUTPUT", "started", "READY")
                .model();
    }

    /** OUTPUT = (INPUT + START + END * CORRID) * READY: also adds the correlation id to a sequence's last value. */
    private static ModelProto dynaSequence() {
        return new GraphWriter("simple_dyna_sequence")
                .input("INPUT", DataType.INT32, BATCH, "1")
                .input("START", DataType.INT32, BATCH, "1")
                .input("END", DataType.INT32, BATCH, "1")
                .input("READY", DataType.INT32, BATCH, "1")
                .input("CORRID", DataType.UINT64, BATCH, "1")
                .output("OUTPUT", DataType.INT32, BATCH, "1")
                .cast("id", "CORRID", DataType.INT32)
                .node("Mul", "ended", "END", "id")
                .node("Add", "started", "INPUT", "START")
                .node("Add", "value", "started", "ended")
                .node("Mul", "OUTPUT", "value", "READY")
                .model();
    }

    /**
     * SUM_OUT = SUM_IN + INPUT, OUTPUT = (SUM_OUT + END * CORRID) * READY: sums a sequence up; to its last sum also adds
     * the number that the correlation id spells.
     */
    private static ModelProto stringDynaSequence() {
        return new GraphWriter("simple_string_dyna_sequence")
                .input("INPUT", DataType.INT32, BATCH, "1")
                .input("SUM_IN", DataType.INT32, BATCH, "1")
                .input("END", DataType.INT32, BATCH, "1")
                .input("READY", DataType.INT32, BATCH, "1")
                .input("CORRID", DataType.STRING, BATCH, "1")
                .output("OUTPUT", DataType.INT32, BATCH, "1")
                .output("SUM_OUT", DataType.INT32, BATCH, "1")
                .cast("id", "CORRID", DataType.INT32)
                .node("Mul", "ended", "END", "id")
                .node("Add", "SUM_OUT", "SUM_IN", "INPUT")
                .node("Add", "value", "SUM_OUT", "ended")
                .node("Mul", "OUTPUT", "value", "READY")
                .model();
    }
}
