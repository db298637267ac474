package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What detectors have behind their backbones: pyramids of features, heads at every scale, regions. */
final class DetectionNetworks {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "detection",
            Networks.GOAL,
            new OperatorModel("pyramid", DetectionNetworks::pyramid),
            new OperatorModel("heads", DetectionNetworks::heads),
            new OperatorModel("regions", DetectionNetworks::regions)));

    private static final int LEVELS = 5;
    private static final int WIDTH = 64;
    private static final int REGIONS = 100;

    private DetectionNetworks() {}

    /** EfficientDet's: features of five sizes pass down and up again twice, weighed where they meet. */
    private static ModelProto pyramid() {
        ImageLayers image = new ImageLayers();
        String[] levels = new String[LEVELS];
        for (int level = 0; level < LEVELS; level++) {
            int size = 64 >> level;
            levels[level] = image.graph().input("level" + level, 1, WIDTH, size, size);
        }
        for (int round = 0; round < 2; round++) {
            String[] down = levels.clone();
            for (int level = LEVELS - 2; level >= 0; level--) {
                down[level] = joined(image, levels[level], image.upsample(down[level + 1]));
            }
            String[] up = down.clone();
            for (int level = 1; level < LEVELS; level++) {
                String smaller = image.maxPool(up[level - 1], 3, 2, 1);
                up[level] = level < LEVELS - 1
                        ? joined(image, levels[level], down[level], smaller)
                        : joined(image, levels[level], smaller);
            }
            levels = up;
        }
        Arrays.stream(levels).skip(1).forEach(level -> image.graph().output(DataType.FLOAT, level));
        return image.graph().model(levels[0]);
    }

    private static String joined(ImageLayers image, String... features) {
        String sum = "";
        for (String feature : features) {
            String weighed = image.node("Mul", feature, image.constants(new float[] {1f / features.length}));
            sum = sum.isEmpty() ? weighed : image.add(sum, weighed);
        }
        String activated = image.silu(image.div(sum, 1.0001));
        return image.conv(image.conv(activated, WIDTH, WIDTH, 3, 1, WIDTH), WIDTH, WIDTH, 1, 1);
    }

    /** SSD's: boxes and scores of six sizes, one behind the other, and the boxes made of distances from anchors. */
    private static ModelProto heads() {
        int[] sizes = {19, 10, 5, 3, 2, 1};
        int[] channels = {512, 1024, 512, 256, 256, 128};
        int classes = 91;
        ImageLayers image = new ImageLayers();
        List<String> boxes = new ArrayList<>();
        List<String> scores = new ArrayList<>();
        for (int scale = 0; scale < sizes.length; scale++) {
            String x = image.graph().input("features" + scale, 1, channels[scale], sizes[scale], sizes[scale]);
            int anchors = scale == 0 ? 3 : 6;
            boxes.add(rows(image, image.conv(x, channels[scale], anchors * 4, 3, 1), 4));
            scores.add(rows(image, image.conv(x, channels[scale], anchors * classes, 3, 1), classes));
        }
        String all = image.concat(1, boxes.toArray(String[]::new));
        String parts = image.split(all, 2, 1, 1, 1, 1);
        String y = image.mul(parts, 0.1);
        String x = image.mul(parts + "_1", 0.1);
        String halfHeight = image.mul(image.node("Exp", image.mul(parts + "_2", 0.2)), 0.5);
        String halfWidth = image.mul(image.node("Exp", image.mul(parts + "_3", 0.2)), 0.5);
        image.graph()
                .output(
                        DataType.FLOAT,
                        image.concat(
                                2,
                                image.node("Sub", y, halfHeight),
                                image.node("Sub", x, halfWidth),
                                image.add(y, halfHeight),
                                image.add(x, halfWidth)));
        return image.graph().model(image.node("Sigmoid", image.concat(1, scores.toArray(String[]::new))));
    }

    /** {@code [1, cells * anchors, width]} of an image that has all anchors' numbers as channels. */
    private static String rows(ImageLayers image, String x, int width) {
        return image.reshape(image.transpose(x, 0, 2, 3, 1), 1, -1, width);
    }

    /** Faster R-CNN's second half: regions of features are pooled and classified. */
    private static ModelProto regions() {
        Layers layers = new Layers(17);
        int channels = 256;
        int bins = 7;
        Random random = new Random(REGIONS);
        float[] corners = new float[4 * REGIONS];
        for (int region = 0; region < REGIONS; region++) {
            corners[4 * region] = random.nextFloat(0, 480);
            corners[4 * region + 1] = random.nextFloat(0, 480);
            corners[4 * region + 2] = corners[4 * region] + random.nextFloat(32, 320);
            corners[4 * region + 3] = corners[4 * region + 1] + random.nextFloat(32, 320);
        }
        String x = layers.graph()
                .node(
                        "RoiAlign",
                        Attributes.NONE
                                .withFloat("spatial_scale", 1 / 16f)
                                .with("output_height", bins)
                                .with("output_width", bins)
                                .with("sampling_ratio", 2),
                        layers.graph().input("features", 1, channels, 50, 50),
                        layers.constants(corners, REGIONS, 4),
                        layers.graph().integers("items", new long[REGIONS], REGIONS));
        x = layers.graph().node("Flatten", Attributes.NONE.with("axis", 1), x);
        x = layers.relu(layers.gemm(x, channels * bins * bins, 256));
        x = layers.relu(layers.gemm(x, 256, 256));
        return layers.graph().model(layers.softmax(layers.gemm(x, 256, 91)));
    }
}
