package dev.nereid.bench.networks;

import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;

/** Images as cameras give them, bytes with the colours last, whose preparation is part of the model. */
final class PreparedImages {
    private static final int SIZE = 224;
    private static final float[] MEANS = {0.485f, 0.456f, 0.406f};
    private static final float[] DEVIATIONS = {0.229f, 0.224f, 0.225f};

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "prepared",
            Networks.GOAL,
            new OperatorModel("alone", PreparedImages::alone),
            new OperatorModel("before-convolutions", PreparedImages::beforeConvolutions)));

    private PreparedImages() {}

    private static String image(Layers layers) {
        return layers.graph().input(DataType.UINT8, "image", 1, SIZE, SIZE, 3);
    }

    private static ModelProto alone() {
        Layers layers = new Layers(17);
        String x = layers.div(layers.cast(image(layers), DataType.FLOAT), 255);
        x = layers.node("Div", layers.node("Sub", x, layers.constants(MEANS)), layers.constants(DEVIATIONS));
        return layers.graph().model(layers.transpose(x, 0, 3, 1, 2));
    }

    private static ModelProto beforeConvolutions() {
        ImageLayers layers = new ImageLayers();
        String x = layers.cast(layers.transpose(image(layers), 0, 3, 1, 2), DataType.FLOAT);
        x = layers.node("Sub", layers.div(x, 255), layers.constants(MEANS, 1, 3, 1, 1));
        x = layers.node("Div", x, layers.constants(DEVIATIONS, 1, 3, 1, 1));
        x = layers.relu(layers.conv(layers.relu(layers.conv(x, 3, 16, 3, 2)), 16, 32, 3, 2));
        return layers.graph().model(layers.classify(x, 32, 10));
    }
}
