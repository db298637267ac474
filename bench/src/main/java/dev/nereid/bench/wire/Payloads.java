package dev.nereid.bench.wire;

import com.google.protobuf.ByteString;
import dev.nereid.bench.wire.Payload.Protocol;
import dev.nereid.proto.inference.ModelInferRequest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.StringJoiner;

/** The requests that are measured: one FP32 tensor [1, n] each, of the same random numbers in every run. */
public final class Payloads {
    /** The model that answers them. */
    public static final String MODEL = "identity_fp32";

    /** Its config. */
    public static final String CONFIG = """
            backend: "identity"
            max_batch_size: 8
            input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            instance_group [ { kind: KIND_CPU count: 1 } ]
            """;

    private static final int SMALL = 16;
    private static final int THOUSAND = 1024;
    private static final int LARGE = 64 << 10;
    private static final int MANY = 16;
    private static final int FEW = 4;
    private static final double CLEARLY_LESS = 0.6;
    private static final double A_TENTH = 0.1;
    private static final int FRAME_PREFIX = 5;

    private Payloads() {}

    /** Those of the tables, with Triton's figures. */
    public static List<Payload> all() {
        return List.of(
                json("small JSON", SMALL, MANY, 43, 32353, CLEARLY_LESS),
                binary("small binary", SMALL, MANY, 39, 28098, CLEARLY_LESS),
                grpc("small gRPC", SMALL, MANY, 64, 21938, CLEARLY_LESS),
                json("1k floats JSON", THOUSAND, MANY, 165, 10232, CLEARLY_LESS),
                json("256 KiB JSON", LARGE, FEW, 7586, 229, A_TENTH),
                binary("256 KiB binary", LARGE, FEW, 429, 2953, 1));
    }

    /** A tensor of {@code elements} numbers as JSON, both ways. */
    public static Payload json(
            String name, int elements, int connections, double tritonMicros, double tritonPerSecond, double goal) {
        StringJoiner data = new StringJoiner(",", ",\"data\":[", "]}]}");
        for (float number : numbers(elements)) {
            data.add(Float.toString(number));
        }
        byte[] body = ascii(document(elements, data.toString()));
        return new Payload(
                name,
                Protocol.HTTP,
                connections,
                body,
                List.of("Content-Type: application/json"),
                ascii("]}]}"),
                tritonMicros,
                tritonPerSecond,
                goal);
    }

    /** A tensor of {@code elements} numbers as binary data, both ways. */
    public static Payload binary(
            String name, int elements, int connections, double tritonMicros, double tritonPerSecond, double goal) {
        byte[] tensor = bytes(elements);
        byte[] json = ascii(document(
                elements,
                ",\"parameters\":{\"binary_data_size\":" + tensor.length
                        + "}}],\"parameters\":{\"binary_data_output\":true}}"));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json);
        body.writeBytes(tensor);
        return new Payload(
                name,
                Protocol.HTTP,
                connections,
                body.toByteArray(),
                List.of("Content-Type: application/octet-stream", "Inference-Header-Content-Length: " + json.length),
                tensor,
                tritonMicros,
                tritonPerSecond,
                goal);
    }

    private static Payload grpc(
            String name, int elements, int connections, double tritonMicros, double tritonPerSecond, double goal) {
        byte[] message = message(elements).toByteArray();
        byte[] frame = ByteBuffer.allocate(FRAME_PREFIX + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
        return new Payload(
                name,
                Protocol.GRPC,
                connections,
                frame,
                List.of("content-type: application/grpc", "te: trailers"),
                bytes(elements),
                tritonMicros,
                tritonPerSecond,
                goal);
    }

    /** The message of a request over gRPC. */
    public static ModelInferRequest message(int elements) {
        return ModelInferRequest.newBuilder()
                .setModelName(MODEL)
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("INPUT0")
                        .setDatatype("FP32")
                        .addShape(1)
                        .addShape(elements))
                .addRawInputContents(ByteString.copyFrom(bytes(elements)))
                .build();
    }

    private static String document(int elements, String rest) {
        return "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1," + elements + "]" + rest;
    }

    private static float[] numbers(int elements) {
        SplittableRandom random = new SplittableRandom(elements);
        float[] numbers = new float[elements];
        for (int i = 0; i < elements; i++) {
            numbers[i] = random.nextFloat() * 2 - 1;
        }
        return numbers;
    }

    private static byte[] bytes(int elements) {
        ByteBuffer bytes = ByteBuffer.allocate(elements * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : numbers(elements)) {
            bytes.putFloat(number);
        }
        return bytes.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
