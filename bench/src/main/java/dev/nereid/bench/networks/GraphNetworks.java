package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;
import java.util.Random;

/** Networks over graphs: messages along edges that are added up where they arrive, and convolutions over skeletons. */
final class GraphNetworks {
    private static final int NODES = 500;
    private static final int EDGES = 2000;
    private static final int WIDTH = 64;
    private static final int LAYERS = 2;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "graph",
            Networks.GOAL,
            new OperatorModel("scattered-elements", () -> messages(true)),
            new OperatorModel("scattered-rows", () -> messages(false)),
            new OperatorModel("skeleton", GraphNetworks::skeleton)));

    private GraphNetworks() {}

    /** @param elements whether each element has a place of its own, as PyTorch's scatter_add has it */
    private static ModelProto messages(boolean elements) {
        Layers layers = new Layers(18);
        Random random = new Random(EDGES);
        long[] from = random.longs(EDGES, 0, NODES).toArray();
        long[] to = random.longs(EDGES, 0, NODES).toArray();
        String sources = layers.list(from);
        String targets = layers.graph().integers("targets", to, EDGES, 1);
        String places = layers.node("Expand", targets, layers.list(EDGES, WIDTH));
        String x = layers.graph().input("nodes", NODES, WIDTH);
        for (int layer = 0; layer < LAYERS; layer++) {
            String sent = layers.relu(layers.linear(layers.node("Gather", x, sources), WIDTH, WIDTH));
            String zeros = layers.mul(x, 0);
            String sums = elements
                    ? layers.graph()
                            .node(
                                    "ScatterElements",
                                    Attributes.NONE.with("axis", 0).with("reduction", "add"),
                                    zeros,
                                    places,
                                    sent)
                    : layers.graph().node("ScatterND", Attributes.NONE.with("reduction", "add"), zeros, targets, sent);
            x = layers.relu(layers.linear(sums, WIDTH, WIDTH));
        }
        return layers.graph().model(x);
    }

    /** Two blocks of ST-GCN: channels for each of three ways to be neighbours, which an Einsum adds up over joints. */
    private static ModelProto skeleton() {
        int kinds = 3;
        int joints = 25;
        int frames = 32;
        ImageLayers layers = new ImageLayers();
        String x = layers.graph().input("joints", 1, 3, frames, joints);
        int channels = 3;
        for (int layer = 0; layer < LAYERS; layer++) {
            String all = layers.conv(x, channels, kinds * WIDTH, 1, 1);
            String each = layers.reshape(all, 1, kinds, WIDTH, frames, joints);
            x = layers.relu(layers.graph()
                    .node(
                            "Einsum",
                            Attributes.NONE.with("equation", "nkctv,kvw->nctw"),
                            each,
                            layers.floats(kinds, joints, joints)));
            channels = WIDTH;
        }
        return layers.graph().model(layers.classify(x, channels, 60));
    }
}
