package dev.nereid.models.examples;

import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The small models of {@code models/examples}: those with the names, shapes and arithmetic that clients of Triton's example
 * repository rely on, and those that the clients in {@code docs/examples} ask. Run {@link #main} with the folder
 * {@code models} to write them.
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
        models.put("examples/running_mean/1/model.onnx", runningMean());
        models.put("examples/iris/1/model.onnx", iris());
        models.put("examples/colour_preprocess/1/model.onnx", colourPreprocess());
        models.put("examples/colour_classifier/1/model.onnx", colourClassifier());
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

    /** MEAN = the mean of a sequence's values so far. The sum and the number of values are state. */
    private static ModelProto runningMean() {
        return new GraphWriter("running_mean")
                .input("VALUE", DataType.FLOAT, BATCH, "1")
                .input("SUM_IN", DataType.FLOAT, BATCH, "1")
                .input("COUNT_IN", DataType.FLOAT, BATCH, "1")
                .output("MEAN", DataType.FLOAT, BATCH, "1")
                .output("SUM_OUT", DataType.FLOAT, BATCH, "1")
                .output("COUNT_OUT", DataType.FLOAT, BATCH, "1")
                .constant("one", List.of(1), 1)
                .node("Add", "SUM_OUT", "SUM_IN", "VALUE")
                .node("Add", "COUNT_OUT", "COUNT_IN", "one")
                .node("Div", "MEAN", "SUM_OUT", "COUNT_OUT")
                .model();
    }

    /**
     * The species of an iris by its sepal length, sepal width, petal length and petal width in cm: a decision tree of depth
     * two. The weights of its leaves are the shares of the species there in Fisher's 150 flowers.
     */
    private static ModelProto iris() {
        float versicolor = 49f / 54;
        float virginica = 45f / 46;
        return new GraphWriter("iris")
                .operatorSet("ai.onnx.ml", 3)
                .input("features", DataType.FLOAT, BATCH, "4")
                .output("label", DataType.STRING, BATCH)
                .output("probabilities", DataType.FLOAT, BATCH, "3")
                .node("TreeEnsembleClassifier", List.of("label", "probabilities"), "features")
                .domain("ai.onnx.ml")
                .integers("nodes_treeids", 0, 0, 0, 0, 0)
                .integers("nodes_nodeids", 0, 1, 2, 3, 4)
                .strings("nodes_modes", "BRANCH_LEQ", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF")
                .integers("nodes_featureids", 2, 0, 3, 0, 0)
                .floats("nodes_values", 2.45f, 0, 1.75f, 0, 0)
                .integers("nodes_truenodeids", 1, 0, 3, 0, 0)
                .integers("nodes_falsenodeids", 2, 0, 4, 0, 0)
                .integers("class_treeids", 0, 0, 0, 0, 0)
                .integers("class_nodeids", 1, 3, 3, 4, 4)
                .integers("class_ids", 0, 1, 2, 1, 2)
                .floats("class_weights", 1, versicolor, 1 - versicolor, 1 - virginica, virginica)
                .strings("classlabels_strings", "setosa", "versicolor", "virginica")
                .model();
    }

    /** A picture of any size, 8 bits for each of red, green and blue, to 16 by 16 numbers of 0 to 1 for each of them. */
    private static ModelProto colourPreprocess() {
        return new GraphWriter("colour_preprocess")
                .input("IMAGE", DataType.UINT8, BATCH, "height", "width", "3")
                .output("PIXELS", DataType.FLOAT, BATCH, "3", "16", "16")
                .constant("white", List.of(1), 255)
                .constant("size", 16, 16)
                .cast("number", "IMAGE", DataType.FLOAT)
                .node("Div", "share", "number", "white")
                .node("Transpose", "planes", "share")
                .integers("perm", 0, 3, 1, 2)
                .node("Resize", "PIXELS", "planes", "", "", "size")
                .integers("axes", 2, 3)
                .string("mode", "linear")
                .integer("antialias", 1)
                .model();
    }

    /**
     * Which of eight colours is nearest to the mean of a picture. With colour p and mean x, the logit 2 p x - p p grows as the
     * squared distance of the two falls.
     */
    private static ModelProto colourClassifier() {
        double[][] colours = { // black, white, red, green, blue, yellow, orange, purple: the lines of labels.txt
            {0, 0, 0}, {1, 1, 1}, {1, 0, 0}, {0, 0.6, 0}, {0, 0, 1}, {1, 1, 0}, {1, 0.55, 0}, {0.5, 0, 0.5}
        };
        double sharpness = 8;
        double[] weights = new double[colours.length * 3];
        double[] bias = new double[colours.length];
        for (int colour = 0; colour < colours.length; colour++) {
            for (int channel = 0; channel < 3; channel++) {
                double share = colours[colour][channel];
                weights[channel * colours.length + colour] = 2 * sharpness * share;
                bias[colour] -= sharpness * share * share;
            }
        }
        return new GraphWriter("colour_classifier")
                .input("PIXELS", DataType.FLOAT, BATCH, "3", "16", "16")
                .output("SCORES", DataType.FLOAT, BATCH, "8")
                .constant("weights", List.of(3, 8), weights)
                .constant("bias", List.of(8), bias)
                .node("GlobalAveragePool", "pooled", "PIXELS")
                .node("Flatten", "mean", "pooled")
                .node("Gemm", "logits", "mean", "weights", "bias")
                .node("Softmax", "SCORES", "logits")
                .model();
    }
}
