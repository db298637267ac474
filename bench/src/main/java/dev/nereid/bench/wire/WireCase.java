package dev.nereid.bench.wire;

import java.util.List;

/**
 * One row of the table: a request, and what a Triton 2.70 took for it on a quiet machine with 2 processors, client and
 * server side by side.
 *
 * @param connections clients of a closed loop
 * @param tritonMicros Triton's processor time a request, in microseconds: the least of three rounds
 * @param tritonPerSecond Triton's requests a second: the most of three rounds
 * @param goal the share of that processor time that we want to stay within
 * @param beside the case of KServe's protocol with the same tensor, whose processor time is taken in place of Triton's; empty
 *     for those of KServe's
 */
record WireCase(
        WirePayload payload, int connections, double tritonMicros, double tritonPerSecond, double goal, String beside) {
    private static final int SMALL = 16;
    private static final int THOUSAND = 1024;
    private static final int LARGE = 64 << 10;
    private static final int MANY = 16;
    private static final int FEW = 4;
    private static final double CLEARLY_LESS = 0.6;
    private static final double A_TENTH = 0.1;

    /** The protocols of TensorFlow Serving and TorchServe may take so much more than KServe's. */
    private static final double OTHER_PROTOCOL = 1.25;

    /** A request of KServe's protocol. */
    private WireCase(WirePayload payload, int connections, double tritonMicros, double tritonPerSecond, double goal) {
        this(payload, connections, tritonMicros, tritonPerSecond, goal, "");
    }

    /** A request that others are held against, and no Triton was measured with. */
    private WireCase(WirePayload payload, int connections) {
        this(payload, connections, Double.NaN, Double.NaN, Double.NaN);
    }

    /** A request of another protocol, beside one of KServe's with the same tensor. */
    private WireCase(WirePayload payload, int connections, String beside) {
        this(payload, connections, Double.NaN, Double.NaN, OTHER_PROTOCOL, beside);
    }

    static final List<WireCase> ALL = List.of(
            new WireCase(WirePayloads.json("small JSON", SMALL), MANY, 43, 32353, CLEARLY_LESS),
            new WireCase(WirePayloads.binary("small binary", SMALL), MANY, 39, 28098, CLEARLY_LESS),
            new WireCase(WirePayloads.grpc("small gRPC", SMALL), MANY, 64, 21938, CLEARLY_LESS),
            new WireCase(WirePayloads.grpc("256 KiB gRPC", LARGE), FEW, Double.NaN, Double.NaN, Double.NaN),
            new WireCase(WirePayloads.json("1k floats JSON", THOUSAND), MANY, 165, 10232, CLEARLY_LESS),
            new WireCase(WirePayloads.json("256 KiB JSON", LARGE), FEW, 7586, 229, A_TENTH),
            new WireCase(WirePayloads.binary("256 KiB binary", LARGE), FEW, 429, 2953, 1),
            new WireCase(WirePayloads.tensorflowJson("small TensorFlow JSON", SMALL), MANY, "small JSON"),
            new WireCase(WirePayloads.tensorflowJson("1k floats TensorFlow JSON", THOUSAND), MANY, "1k floats JSON"),
            new WireCase(WirePayloads.tensorflowJson("256 KiB TensorFlow JSON", LARGE), FEW, "256 KiB JSON"),
            new WireCase(WirePayloads.tensorflowGrpc("small TensorFlow gRPC", SMALL), MANY, "small gRPC"),
            new WireCase(WirePayloads.tensorflowGrpc("256 KiB TensorFlow gRPC", LARGE), FEW, "256 KiB gRPC"),
            new WireCase(WirePayloads.onnxJson("small ONNX JSON", SMALL), MANY),
            new WireCase(WirePayloads.onnxJson("1k floats ONNX JSON", THOUSAND), MANY),
            new WireCase(WirePayloads.onnxJson("256 KiB ONNX JSON", LARGE), FEW),
            new WireCase(WirePayloads.onnxGrpc("small ONNX gRPC", SMALL), MANY),
            new WireCase(WirePayloads.torchServeJson("small TorchServe JSON", SMALL), MANY, "small ONNX JSON"),
            new WireCase(
                    WirePayloads.torchServeJson("1k floats TorchServe JSON", THOUSAND), MANY, "1k floats ONNX JSON"),
            new WireCase(WirePayloads.torchServeJson("256 KiB TorchServe JSON", LARGE), FEW, "256 KiB ONNX JSON"),
            new WireCase(WirePayloads.torchServeGrpc("small TorchServe gRPC", SMALL), MANY, "small ONNX gRPC"));

    String name() {
        return payload.name();
    }
}
