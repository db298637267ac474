package dev.nereid.bench.networks;

import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/** Pipelines of doubles, which scikit-learn computes in: a perceptron, and principal components before a linear layer. */
final class DoubleNetworks {
    private static final int FEATURES = 100;
    private static final int COMPONENTS = 30;
    private static final int CLASSES = 10;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "double",
            Networks.GOAL,
            new OperatorModel("mlp-1", () -> doubles(TabularNetworks.mlp(1))),
            new OperatorModel("mlp-256", () -> doubles(TabularNetworks.mlp(256))),
            new OperatorModel("pca-1", () -> doubles(components(1))),
            new OperatorModel("pca-256", () -> doubles(components(256)))));

    private static final FloatsAs DOUBLES = new FloatsAs(DataType.DOUBLE, Double.BYTES, ByteBuffer::putDouble);

    private DoubleNetworks() {}

    private static ModelProto doubles(ModelProto model) {
        return DOUBLES.of(model, Set.of());
    }

    private static ModelProto components(int batch) {
        Layers layers = new Layers(17);
        String x = layers.node("Sub", layers.graph().input("features", batch, FEATURES), layers.floats(FEATURES));
        x = layers.matMul(x, FEATURES, COMPONENTS);
        x = layers.node("Div", layers.node("Sub", x, layers.floats(COMPONENTS)), layers.floats(COMPONENTS));
        return layers.graph().model(layers.softmax(layers.linear(x, COMPONENTS, CLASSES)));
    }
}
