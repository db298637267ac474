package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Models of scikit-learn that look at the distances of all training rows, as skl2onnx writes them for ONNX Runtime. */
final class NeighbourNetworks {
    private static final int FEATURES = 20;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "neighbours",
            Networks.GOAL,
            new OperatorModel("nearest-1", () -> nearest(1)),
            new OperatorModel("nearest-100", () -> nearest(100)),
            new OperatorModel("gaussian-1", () -> gaussian(1)),
            new OperatorModel("gaussian-100", () -> gaussian(100))));

    private NeighbourNetworks() {}

    private static String distances(Layers layers, int batch, int rows, String metric) {
        return layers.graph()
                .contributed(
                        "CDist",
                        Attributes.NONE.with("metric", metric),
                        layers.graph().input("features", batch, FEATURES),
                        layers.floats(rows, FEATURES));
    }

    private static ModelProto nearest(int batch) {
        Layers layers = new Layers(17);
        int rows = 1000;
        String distances = distances(layers, batch, rows, "euclidean");
        String nearest = layers.graph()
                .nodeOf(2, "TopK", Attributes.NONE.with("largest", 0).with("axis", 1), distances, layers.list(5));
        return layers.graph().model(layers.mean(layers.node("Gather", layers.floats(rows), nearest + "_1")));
    }

    private static ModelProto gaussian(int batch) {
        Layers layers = new Layers(17);
        int rows = 500;
        String near = layers.node("Exp", layers.mul(distances(layers, batch, rows, "sqeuclidean"), -0.5));
        return layers.graph().model(layers.matMul(near, rows, 1));
    }
}
