package dev.nereid.bench.networks;

import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Pipelines of doubles, which scikit-learn computes in: a perceptron, and principal components before a linear layer. */
final class DoubleNetworks {
    private static final int FEATURES = 100;
    private static final int COMPONENTS = 30;
    private static final int CLASSES = 10;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "double",
            Networks.GOAL,
            new OperatorModel("mlp-1", () -> DoublePrecision.of(TabularNetworks.mlp(1))),
            new OperatorModel("mlp-256", () -> DoublePrecision.of(TabularNetworks.mlp(256))),
            new OperatorModel("pca-1", () -> DoublePrecision.of(components(1))),
            new OperatorModel("pca-256", () -> DoublePrecision.of(components(256)))));

    private DoubleNetworks() {}

    private static ModelProto components(int batch) {
        Layers layers = new Layers(17);
        String x = layers.node("Sub", layers.graph().input("features", batch, FEATURES), layers.floats(FEATURES));
        x = layers.matMul(x, FEATURES, COMPONENTS);
        x = layers.node("Div", layers.node("Sub", x, layers.floats(COMPONENTS)), layers.floats(COMPONENTS));
        return layers.graph().model(layers.softmax(layers.linear(x, COMPONENTS, CLASSES)));
    }
}
